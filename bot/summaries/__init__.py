"""What a group said, in short, each point with the messages it rests on.

How a request travels: ``arguments`` reads it, ``cutting`` parts the messages into stretches, closed ones are noted once
(``service``, by the prompts of ``prompts`` and kept through ``leaves``), and the notes with the open rest become one
``summary``. What a digest leaves open (``loops``) goes with the next one. Nothing here knows Telegram; what people and
models write is data throughout (``cleaning``, ``answers``).
"""
