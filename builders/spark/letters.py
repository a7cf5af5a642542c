"""How letters change case, one for one: Spark's own `upper` makes two of some, its `lower` looks at those around.

The table is what DuckDB has, which is Unicode 14's simple mapping and a capital for the sharp s.
"""

from __future__ import annotations

from typing import Final

_LAST: Final = 0x1E943
_SIMPLE: Final = {"\u0130": "i", "\u00df": "\u1e9e"}
_YOUNGER: Final = frozenset(
    {0x19B, 0x264, *range(0x1C89, 0x1C8B), *range(0xA7CB, 0xA7D0), *range(0xA7D2, 0xA7D6), *range(0xA7DA, 0xA7DD),
     *range(0x10D50, 0x10D86), *range(0x16EA0, 0x16ED4)}
)  # fmt: skip
"""Letters that got their counterpart after Unicode 14: that they change would depend on the version of Python."""


def counterparts(upper: bool) -> tuple[str, str]:
    """The letters that have another one in upper, or in lower case, and those."""
    letters = [chr(point) for point in range(_LAST + 1) if point not in _YOUNGER and not 0xD800 <= point <= 0xDFFF]
    pairs = [(letter, counterpart) for letter in letters if (counterpart := _counterpart(letter, upper)) != letter]
    return "".join(letter for letter, _ in pairs), "".join(counterpart for _, counterpart in pairs)


def _counterpart(letter: str, upper: bool) -> str:
    # A letter whose capital is several may have a single one at the beginning of a word.
    candidates = (letter.upper(), letter.title()) if upper else (letter.lower(),)
    single = next((candidate for candidate in candidates if len(candidate) == 1), None)
    return single or _SIMPLE.get(letter, letter)
