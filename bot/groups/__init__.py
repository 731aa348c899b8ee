"""What happens with what a group says: it is archived, summed up on request and at set times, searched, and erased.

How a summary comes about: ``arguments`` reads what is asked, ``segmentation`` parts the messages into segments, closed
ones are noted once (``topic_summarizer``, by the prompts of ``prompts``; ``notes_client`` caches them), and the notes
with the open rest become one ``summary`` a topic. What a digest leaves open (``open_items``) goes with the next one.
Nothing here knows Telegram: it is reached through ``ports``. What people and models write is data throughout
(``sanitization``, ``answers``).
"""
