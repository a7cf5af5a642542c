"""What came of a check: nothing, or figures that say how rows or values are otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from definitions.expectation import Check, GreatExpectation, OfColumn, Relation, Unique
from definitions.fingerprint import digest

Figures = Mapping[str, Any]
"""What was found, in plain values that JSON can hold; `quality.words` says them in a sentence."""

ERROR: Final = "error"
"""The figure of a check that could not be made: why not, in words."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A check of a source's day (since 1970) or of a view's boundary (UTC microseconds): `figures` where it is broken,
    None where it holds."""

    check: Check
    name: str
    instant: int
    figures: Figures | None


def check_key(check: Check, column: str | None = None) -> str:
    """What judgements of a check are stored under; one with other arguments is another one. Its severity decides what
    becomes of what it finds, and not what it finds."""
    return digest([check.model_dump(mode="json", exclude={"severity"}), column])


def check_name(check: Check, column: str | None = None) -> str:
    """What people call a check: `arr_delay:range`, `carrier+flight:unique`, `freshness`;
    one of Great Expectations by its own name, `arr_delay:expect_column_mean_to_be_between`."""
    kind = check.model_dump()["check"]
    match check:
        case Unique():
            return f"{'+'.join(check.columns)}:{kind}"
        case Relation():
            return f"{check.that}:{kind}"
        case GreatExpectation():
            named = column or check.column
            return f"{named}:{check.expectation}" if named else check.expectation
        case OfColumn():
            return f"{column or check.column}:{kind}" if column or check.column else kind
        case _:
            return str(kind)


def name_checks(checks: Iterable[Check], column: str | None = None) -> dict[str, Check]:
    """The checks of one source, or of one feature column, by what people call them; of those that would be called the
    same the second is `arr_delay:range#2`, so that each has findings and acceptances of its own."""
    named: dict[str, Check] = {}
    often: Counter[str] = Counter()
    for check in checks:
        name = check_name(check, column)
        often[name] += 1
        named[name if often[name] == 1 else f"{name}#{often[name]}"] = check
    return named
