"""Characters that no message should contain."""

import re

# Control characters, and those that turn the direction of what follows: Telegram drops most, the rest can deceive.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Without control characters, marks that turn the direction of writing, and half characters."""
    return _SURROGATES.sub("\ufffd", _UNSAFE.sub("", _LINE_ENDS.sub("\n", text)))
