"""Chat and image APIs: how they are asked, what they send, what their refusals mean, which models they have.

Nothing is imported here on purpose: most of it costs little, and httpx and aiohttp come with the clients alone.
"""
