"""Which incarnation of each generation is the living one, and what the table says of itself."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, TypeVar

from definitions.errors import ConfigurationError, OnlineStoreError, RequestError
from online_hbase.row_key import Shelf
from online_hbase.table_layout import ABOUT, FAMILY, LAYOUT_COLUMN, LAYOUT_ROW, PREFIXES, VERSION, shell_commands

_POLL_SECONDS: Final = 1.0
"""How long a reader may go on with an incarnation that somebody else dropped meanwhile."""
_GENERATION: Final = ABOUT + b"generation"
_COLUMN: Final = FAMILY + b":incarnation"
_NUMBER: Final = struct.Struct(">H")
_GENERATIONS: Final = 1 << 32
_INCARNATIONS: Final = 1 << 16

Result = TypeVar("Result")
Call = Callable[[str, Callable[[Any], Result]], Result]
"""Does something with the table, as a call of some kind."""


class Incarnations:
    """What is known of a table, asked for again when it is old. A generation is in its incarnation 0 until dropped."""

    def __init__(self, call: Call[Any], table: str, place: str) -> None:
        self._call = call
        self._place = place
        self._table = table
        self._known: dict[int, int] = {}
        self._asked = -_POLL_SECONDS
        self._prefixes = 0

    def shelves(self, generations: Iterable[int]) -> list[Shelf]:
        """Where the rows of generations are.

        Raises:
            ConfigurationError: there is no such table, or it is of another layout.
            OnlineStoreError: the server does not answer.
        """
        asked = tuple(generations)
        known = self._known
        if time.monotonic() - self._asked > _POLL_SECONDS or not known.keys() >= set(asked):
            known = self._ask(asked)
        return [_shelf(generation, known[generation], self._prefixes) for generation in asked]

    def renew(self, generation: int) -> Shelf:
        """Let a generation begin anew, without rows; those of its earlier incarnations are the caller's to remove."""
        incarnation = self._ask((generation,))[generation] + 1
        if incarnation >= _INCARNATIONS:
            raise RequestError(f"generation {generation} was dropped {_INCARNATIONS:,} times; open another")
        # At this timestamp, whatever the servers' clocks say, the greatest incarnation wins.
        value = {_COLUMN: _NUMBER.pack(incarnation)}
        self._call("renew", lambda table: table.put(_row_of(generation), value, timestamp=incarnation))
        self._known = {**self._known, generation: incarnation}
        return _shelf(generation, incarnation, self._prefixes)

    def _ask(self, generations: tuple[int, ...]) -> dict[int, int]:
        if not self._prefixes:
            self._prefixes = self._read_layout()
        # Other threads go on with what is known while this one asks.
        self._asked = time.monotonic()
        rows = {_row_of(generation): generation for generation in (*self._known, *generations)}
        held = dict(self._call("incarnations", lambda table: table.rows(list(rows), [_COLUMN])))
        found = {
            generation: _NUMBER.unpack(held[row][_COLUMN])[0] if row in held else 0 for row, generation in rows.items()
        }
        # They only grow, so an answer that was overtaken changes nothing.
        self._known = {**found, **{key: max(number, found.get(key, 0)) for key, number in self._known.items()}}
        return self._known

    def _read_layout(self) -> int:
        try:
            held = self._call("layout", lambda table: table.row(LAYOUT_ROW)).get(LAYOUT_COLUMN)
        except OnlineStoreError as error:
            if "TableNotFoundException" not in str(error):
                raise
            raise ConfigurationError(
                f"there is no table {self._table} at {self._place}; make it with `featurestore hbase create`, or in "
                f"HBase's shell: {shell_commands(self._table, PREFIXES)}"
            ) from error
        version, _, prefixes = (held or b"").partition(b" ")
        if version != b"%d" % VERSION:
            found = f"layout {version.decode(errors='replace')}" if held else "no layout of ours"
            raise ConfigurationError(
                f"the table {self._table} has {found}, this version reads layout {VERSION}; choose another "
                "online.table_prefix, or upgrade the reader"
            )
        return int(prefixes)


@lru_cache(maxsize=1_024)
def _shelf(generation: int, incarnation: int, prefixes: int) -> Shelf:
    """Each shelf once, as it keeps what its rows begin with."""
    return Shelf(generation, incarnation, prefixes)


def _row_of(generation: int) -> bytes:
    if not 0 <= generation < _GENERATIONS:
        raise RequestError(f"generation {generation} is outside of 0 to {_GENERATIONS - 1:,}")
    return _GENERATION + b"%d" % generation
