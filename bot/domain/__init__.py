"""Values and ports that all rooms share: no SQL, no HTTP, no Telegram framework."""
