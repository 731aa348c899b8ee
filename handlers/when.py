"""The former place of :class:`handlers.filters.LoopFilter`."""

from handlers.filters import LoopFilter as When

__all__ = ["When"]
