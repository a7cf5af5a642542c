"""The nearest valid name, for messages."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 8


def suggest(name: str, valid: Iterable[str], what: str = "names") -> str:
    """`did you mean 'x'?`, or the valid ones where none is near; empty if there are none at all."""
    names = sorted(valid)
    near = nearest(name, names)
    if near is not None:
        return f"did you mean {near!r}?"
    if not names:
        return f"there are no {what}"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{what} are {', '.join(names[:_SHOWN])}{more}"


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The one of the valid names that is most like this one, if any is."""
    return next(iter(get_close_matches(str(name).lower(), valid, n=1, cutoff=0.6)), None)
