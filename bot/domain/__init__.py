"""What this program is about, as values and the Protocols of what keeps them: no SQL, no HTTP, no Telegram."""
