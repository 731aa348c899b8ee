"""SiliconBot: a self-hosted Telegram assistant. What stands where is told in README.md, "For developers"."""

__version__ = "0.1.0"
