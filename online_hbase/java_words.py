"""What errors of Java say, without the stack below it."""

from __future__ import annotations

import re
from typing import Final

_MOST: Final = 300
_PACKAGES: Final = re.compile(r"\b(?:[a-z][a-z0-9_]*\.)+(?=[A-Z])")


def first_line(said: bytes | str | None) -> str:
    """The first line that says something, with classes named without their packages."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said or ""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")
    short = _PACKAGES.sub("", line)
    return short if len(short) <= _MOST else short[: _MOST - 3] + "..."
