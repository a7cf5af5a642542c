"""Bytes and spans of time as people read them."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?B)")


def size_words(size: float) -> str:
    """Bytes as `512 B`, `1.2 MB`."""
    unit, factor = next(
        ((unit, factor) for unit, factor in _UNITS.items() if abs(size) < 1000 * factor), ("TB", _UNITS["TB"])
    )
    return f"{size:.0f} B" if unit == "B" else f"{size / factor:.1f} {unit}"


def is_size(text: str) -> bool:
    """Whether `parse_size` can read it."""
    return _SIZE.fullmatch(text.strip()) is not None


def parse_size(text: str) -> int:
    """The bytes of `512 B`, `1.2MB`, `10 GB`, whose units are thousands of each other.

    Raises:
        ValueError: it is not a number and B, kB, MB, GB or TB.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size; write a number and B, kB, MB, GB or TB, such as 500MB")
    return round(float(match[1]) * _UNITS[match[2]])


def time_words(milliseconds: float) -> str:
    """Milliseconds as `40 ms`, `1.2 s`, `3.4 min`, `2.1 h`."""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    for unit, span in (("s", 1000), ("min", 60_000)):
        if milliseconds < 60 * span:
            return f"{milliseconds / span:.1f} {unit}"
    return f"{milliseconds / 3_600_000:.1f} h"
