"""Expectations in words, and what changes from some to others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from definitions.expectation import Expectation, GreatExpectation, OfColumn, Relation, Unique

_SUBJECTS = ("check", "column", "columns", "that", "expectation")
"""The fields that say what an expectation is about; the others say how much is expected."""


def spell_subject(expectation: Expectation) -> str:
    """What an expectation is about: `range of arr_delay`, `unique of carrier, origin`, `relation a < b`."""
    name = expectation.expectation if isinstance(expectation, GreatExpectation) else expectation.check
    if isinstance(expectation, Unique):
        return f"{name} of {', '.join(expectation.columns)}"
    if isinstance(expectation, Relation):
        return f"{name} {expectation.that}"
    column = expectation.column if isinstance(expectation, OfColumn) else None
    return name if column is None else f"{name} of {column}"


def spell_expectation(expectation: Expectation) -> str:
    """All of it: `range of arr_delay (min 0, at_least 0.99, severity block)`; what is left out is left out here too."""
    said = [
        f"{key} {_word(value)}"
        for key, value in _amounts(expectation).items()
        if value != type(expectation).model_fields[key].get_default(call_default_factory=True)
    ]
    return spell_subject(expectation) + (f" ({', '.join(said)})" if said else "")


def spell_changes(before: Sequence[Expectation], after: Sequence[Expectation]) -> Iterator[str]:
    """What is expected no longer, what is expected otherwise, and what is new; their order is no change."""
    gone = [each for each in before if each not in after]
    for new in (each for each in after if each not in before):
        old = next((each for each in gone if _about(each) == _about(new)), None)
        if old is None:
            yield f"new expectation {spell_expectation(new)}"
            continue
        gone.remove(old)
        yield f"expectation {spell_subject(new)}: {'; '.join(_differences(old, new))}"
    yield from (f"expectation {spell_expectation(each)} is gone" for each in gone)


def _about(expectation: Expectation) -> tuple[Any, ...]:
    return tuple(getattr(expectation, key, None) for key in _SUBJECTS)


def _amounts(expectation: Expectation) -> dict[str, Any]:
    """Its other fields, the severity last."""
    keys = [key for key in type(expectation).model_fields if key not in (*_SUBJECTS, "severity")]
    return {key: getattr(expectation, key) for key in (*keys, "severity")}


def _differences(old: Expectation, new: Expectation) -> Iterator[str]:
    was = _amounts(old)
    for key, value in _amounts(new).items():
        if was[key] != value:
            yield f"{key} was {_word(was[key])}, now {_word(value)}"


def _word(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(map(_word, value))
        case dict():
            return ", ".join(f"{key}: {_word(each)}" for key, each in value.items()) or "nothing"
        case _:
            return str(value)
