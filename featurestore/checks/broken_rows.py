"""Some of the rows that break a check, to look at; what is tagged as personal is not read."""

from __future__ import annotations

from typing import Any, Final

from builders.profiles import LookAtRows
from definitions.columns import own_types
from definitions.statistic import Statistic
from definitions.terms import render_name
from featurestore.checks.source_days import SourceDays
from quality.row_checks import RowCheck

MASKED: Final = "(masked)"
"""What stands in the place of a value that tells about a person."""
SHOWN: Final = 5
"""How many rows are looked at."""


def broken_rows(days: SourceDays, check: RowCheck, day: int) -> tuple[dict[str, Any], ...]:
    """The first rows of a day that break a check of single rows; none of a check that looks at rows together."""
    broken: Statistic = check.broken
    if broken.kind not in ("true", "unmatched"):
        return ()
    source = days.source
    names = [name for name in own_types(source) if name not in days.part.personal]
    looked = days.context.engine.look_at_rows(
        LookAtRows(
            days.rows(day, day),
            {name: render_name(name) for name in names},
            SHOWN,
            where=broken.of if broken.kind == "true" else None,
            unmatched=broken if broken.kind == "unmatched" else None,
        )
    )
    order = list(own_types(source))
    return tuple({name: row.get(name, MASKED) for name in order} for row in looked.to_pylist())
