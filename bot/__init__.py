"""SiliconBot: a self-hosted Telegram assistant. What stands where is told in docs/architecture.md."""

__version__ = "0.4.0"
