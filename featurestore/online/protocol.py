"""What an online store is: keyed rows of opaque bytes, each with the boundary and segment version it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from definitions.online_row import Loaded, OnlineRow


class OnlineStore(Protocol):
    """Put and get rows by (view generation, key). Threads and processes may share one store.

    Every implementation passes `tests/featurestore/online/conformance.py`.
    """

    def write(self, generation: int, rows: Iterable[OnlineRow]) -> int:
        """Store `rows`; the newest (boundary, version) of a key wins, whatever the order of arrival.

        An equal pair overwrites: it is the same value, written again. Each row is old or new, never torn;
        the batch as a whole is not atomic, so a failed write is repeated from the start.

        Returns:
            How many rows were taken from `rows`, those included that lost against a newer value.
        """
        ...

    def load(self, generation: int, rows: Iterable[OnlineRow], expected: int) -> Loaded:
        """`write` rows of which about `expected` will come, in the way that is best for so many."""
        ...

    def overwrite(self, generation: int, rows: Sequence[OnlineRow]) -> None:
        """`write` a few rows, and leave nothing that could still be read, by whatever means, of what they replace."""
        ...

    def read(self, generation: int, keys: Sequence[bytes]) -> list[OnlineRow | None]:
        """The row of each key at the key's own position, None where there is none; keys may repeat."""
        ...

    def read_several(self, asked: Sequence[tuple[int, Sequence[bytes]]]) -> list[list[OnlineRow | None]]:
        """The same of several generations with the keys of each, in as few round trips as the store can."""
        ...

    def keys(self, generation: int) -> Iterator[bytes]:
        """Every key of a generation once, in any order; rows written meanwhile may or may not be among them."""
        ...

    def count(self, generation: int) -> int:
        """How many keys a generation holds."""
        ...

    def is_empty(self) -> bool:
        """Whether no generation holds a row."""
        ...

    def drop(self, generation: int) -> None:
        """Remove all rows of a generation; nothing happens if there are none."""
        ...

    def close(self) -> None:
        """Release connections; closing twice is fine."""
        ...
