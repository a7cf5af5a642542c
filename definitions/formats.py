"""What a source's files are."""

from __future__ import annotations

from typing import Final, Literal

from definitions.model import Source

Format = Literal["parquet", "csv"]

_ENDINGS: Final[tuple[tuple[str, Format], ...]] = (
    (".parquet", "parquet"), (".pq", "parquet"), (".csv", "csv"), (".csv.gz", "csv"), (".csv.zst", "csv"),
)  # fmt: skip


def source_format(source: Source) -> Format | None:
    """The format that the source says, or that its path's ending tells; `None` if neither does. Tables are Parquet."""
    if source.table:
        return "parquet"
    if source.format is not None:
        return source.format
    path = source.path.lower()
    return next((found for ending, found in _ENDINGS if path.endswith(ending)), None)
