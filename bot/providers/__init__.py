"""Chat and image APIs: requests, answers, errors and models. Only this package speaks to them.

Nothing is imported here on purpose: values cost nothing to import, and httpx and aiohttp come with ``client`` alone.
"""
