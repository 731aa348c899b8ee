"""What of a text can be seen."""

import regex

# Control, format, lone surrogates; variation selector 16 is none of them.
_HIDDEN = regex.compile(r"[[\p{Cc}\p{Cf}\p{Cs}]--[\n\t\u200d]]", regex.V1)


def clean(text: str) -> str:
    """Without characters that show nothing and can hide something; line breaks and joiners of emoji stay."""
    cleaned: str = _HIDDEN.sub("", text)
    return cleaned.strip()
