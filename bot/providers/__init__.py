"""Chat and image APIs: their values, errors, dialects, models and prices. Only this package speaks to them.

Nothing is imported here on purpose: values cost nothing to import, and httpx and aiohttp come with ``client`` alone.
"""
