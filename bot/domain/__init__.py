"""Values and the Protocols of what keeps them; no SQL, no aiogram, no httpx."""
