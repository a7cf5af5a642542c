"""What Great Expectations knows to expect of a frame of rows: names and arguments, from a list that is generated.

The list is of the release that `docs/generate_great_expectations.py` found; validating loads this list alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from definitions.expectation import GreatExpectation

FILE: Final = Path(__file__).with_name("great_expectations.json")

COLUMN: Final = "column"
"""The argument that stands beside the expectation in YAML, as it does with all checks."""

MOSTLY: Final = "mostly"
"""The argument that `at_least` becomes."""

ROWS_COUNTED: Final = "expect_table_row_count_"
"""How those begin that count rows, of which a sample says nothing."""

_TABLE: Final = "expect_table_"
_COLUMNS: Final = ("column_A", "column_B", "column_list")


@cache
def known_expectations() -> Mapping[str, Mapping[str, bool]]:
    """The arguments of each expectation, and whether they are required."""
    found: dict[str, dict[str, bool]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def columns_in_arguments(check: GreatExpectation) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The columns whose values it compares, beside `column`, each with its path below `arguments`."""
    if check.expectation.startswith(_TABLE):
        # What these list are names that a table should have, not columns to read.
        return
    for argument in _COLUMNS:
        named = check.arguments.get(argument)
        if isinstance(named, (list, tuple)):
            yield from (((argument, place), name) for place, name in enumerate(named))
        elif named is not None:
            yield (argument,), named
