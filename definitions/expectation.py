"""What a team expects of its data: each check with its arguments, and whether data that break it go on.

A check of a source looks at its rows, day by day (UTC) of their timestamp; one of a feature at the values of its
columns at one boundary.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from definitions.fields import DurationField, Model

Severity = Literal["warn", "block"]
"""Whether data that break it go on with a finding, or are held back before anybody sees them."""

EXPECTATION_PATTERN: Final = r"^expect_[a-z0-9_]+$"


def _as_number(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("finite_number", "expected a number that is finite")
    if not isinstance(value, (bool, int, float, str)):
        raise PydanticCustomError("scalar_type", "expected a number, a text, a date, true or false")
    return value


Number = Annotated[bool | int | float | str, BeforeValidator(_as_number)]
"""What a column is compared with; a text where the column is one, a date or a timestamp. What stands in YAML as a date
or an instant becomes such a text."""

Columns = Annotated[
    tuple[str, ...], Field(min_length=1), BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
]


class Check(Model):
    """What all have."""

    severity: Severity = "warn"


class OfColumn(Check):
    """About one column; a feature's expectation names none, as it is about the feature's own."""

    column: str | None = None


class OfValues(OfColumn):
    """About each value of one column; `at_least` is the share of the values that must be so."""

    at_least: float = Field(default=1.0, gt=0, le=1)


class NotNull(OfValues):
    """The values are there."""

    check: Literal["not_null"]


class Range(OfValues):
    """The values lie between `min` and `max`, both included; one of them may be left out. Nulls are not looked at."""

    check: Literal["range"]
    min: Number | None = None
    max: Number | None = None


class InSet(OfValues):
    """The values are among `values`. Nulls are not looked at."""

    check: Literal["in_set"]
    values: tuple[Number, ...] = Field(min_length=1)


class Matches(OfValues):
    """The texts are, from beginning to end, what the `pattern` describes. Nulls are not looked at.

    A pattern is what RE2 and Java's regular expressions understand alike.
    """

    check: Literal["matches"]
    pattern: str


class Stable(OfColumn):
    """The column is spread as in the weeks before: its share of nulls, its mean and quantiles, or the shares of its
    categories, lie within limits learnt from how they changed from day to day. Of the source's timestamp it looks at
    the hours of the day."""

    check: Literal["stable"]


class Unique(Check):
    """No two rows of one day have the same values in all of `columns`. Rows with a null in one are not looked at."""

    check: Literal["unique"]
    columns: Columns


class Relation(Check):
    """The condition `that`, a boolean expression over the source's columns, is true; where it is null it is not
    looked at."""

    check: Literal["relation"]
    that: str
    at_least: float = Field(default=1.0, gt=0, le=1)


class Freshness(Check):
    """At the end of a run the newest row is no older than `within`."""

    check: Literal["freshness"]
    within: DurationField


class Volume(Check):
    """A day has as many rows as this day of the week had in the `weeks` before, give or take the share `within` of
    them."""

    check: Literal["volume"]
    within: float = Field(default=0.5, gt=0)
    weeks: int = Field(default=4, ge=2, le=52)


class GreatExpectation(OfValues):
    """Any expectation that Great Expectations knows by this name, on a sample of the rows: it may fail, and so be
    found, but a sample never shows that all rows are so; hence it only warns."""

    check: Literal["great_expectations"]
    severity: Literal["warn"] = "warn"
    expectation: str = Field(pattern=EXPECTATION_PATTERN)
    arguments: Mapping[str, Any] = Field(default_factory=dict)

    @field_validator("severity", mode="before")
    @classmethod
    def _never_blocks(cls, value: Any) -> Any:
        if value == "block":
            raise ValueError(
                "a sample never certifies all rows, so great_expectations can only warn; leave severity out"
            )
        return value

    @field_validator("arguments", mode="before")
    @classmethod
    def _as_stored(cls, value: Any) -> Any:
        """As JSON has them, so that what was applied equals what stands in YAML: dates are texts."""
        try:
            return json.loads(json.dumps(value, default=str, allow_nan=False))
        except ValueError:
            raise ValueError("arguments are as JSON has them: numbers are finite") from None


Expectation = Annotated[
    NotNull | Range | InSet | Matches | Stable | Unique | Relation | Freshness | Volume | GreatExpectation,
    Field(discriminator="check"),
]
