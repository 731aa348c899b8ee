"""The values that the bot works with, and the ports through which they are kept."""
