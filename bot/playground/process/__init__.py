"""The bot as a process of its own, that may be killed: who keeps it running, and what it reports of itself."""
