"""How rows lie in a table: what a reader and a writer have to agree on.

    row         prefix (1 byte) | generation (4) | incarnation (2) | form (1) | the entity's key
    cell        family `v`, qualifier boundary (8) | version (8), timestamp the boundary in whole milliseconds
    value       the packed features, as they are

The *prefix* is a hash of the key, so that rows of any keys spread evenly over regions, which are split at prefixes when
the table is made. All generations of a store share one table: look-ups of several views are one round trip. A dropped
generation that is written again is another *incarnation* of it, as the tombstones of the first hide what is written
under the same rows until HBase's next major compaction.

Rows whose prefix is 255 are about the table: its layout, and the incarnations.
"""

from __future__ import annotations

from typing import Final

from definitions.errors import RequestError

VERSION: Final = 1
"""Of this layout; a table of another is refused."""

FAMILY: Final = b"v"
PREFIXES: Final = 16
"""How many prefixes, and so regions, a table gets if nobody says otherwise."""
MOST_PREFIXES: Final = 254

ABOUT: Final = b"\xff"
"""The prefix of rows about the table, after all prefixes of entities."""

LAYOUT_ROW: Final = ABOUT + b"layout"
LAYOUT_COLUMN: Final = FAMILY + b":layout"
"""Holds the layout's version and the number of prefixes, as text with a space between."""


def table_name(prefix: str) -> str:
    """The table of a store's online rows."""
    return f"{prefix}_online_rows" if prefix else "online_rows"


def split_points(prefixes: int) -> list[bytes]:
    """Where a table is split when it is made: before each prefix but the first, and before what is about the table.

    Raises:
        RequestError: there are no so many prefixes.
    """
    if not 0 < prefixes <= MOST_PREFIXES:
        raise RequestError(f"a table has 1 to {MOST_PREFIXES} regions when it is made, not {prefixes}")
    return [bytes([prefix]) for prefix in range(1, prefixes)] + [ABOUT]


def shell_commands(table: str, prefixes: int) -> str:
    """What makes the table in HBase's shell, for who may not use the Admin API from here."""
    splits = ", ".join(f'"\\x{point.hex().upper()}"' for point in split_points(prefixes))
    options = "NAME => 'v', VERSIONS => 1, BLOOMFILTER => 'ROW', DATA_BLOCK_ENCODING => 'ROW_INDEX_V1'"
    return (
        f"create '{table}', {{{options}}}, SPLITS => [{splits}]; "
        f"put '{table}', \"\\xFFlayout\", 'v:layout', '{VERSION} {prefixes}'"
    )
