"""Whether the files of a source have the columns that it declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from definitions.errors import SourceError
from definitions.model import Source
from definitions.types import DataType


def check_columns(
    source: Source,
    files: Sequence[str],
    columns_of: Callable[[str], Mapping[str, str]],
    accepts: Callable[[DataType, str], bool],
) -> str:
    """The type of the source's timestamp, which all its files have, in the engine's words; empty without one.
    `columns_of` gives a file's columns with their types, `accepts` says which of them may stand for a declared one.

    Raises:
        SourceError: a column is missing or of another type; the message names the file, the column and both types.
    """
    timestamp_type = ""
    for file in files:
        found = columns_of(file)
        for name, held in source.columns.items():
            if name not in found:
                raise SourceError(
                    f"source {source.name}: {file} has no column {name!r}; it has {', '.join(sorted(found))}"
                )
            if not accepts(held.type, found[name]):
                raise SourceError(
                    f"source {source.name}: column {name!r} in {file} is {found[name]}, declared as {held.type}"
                )
        if source.timestamp is not None and source.timestamp in found:
            kind = found[source.timestamp]
            if timestamp_type not in ("", kind):
                raise SourceError(
                    f"source {source.name}: column {source.timestamp!r} is {kind} in {file} "
                    f"and {timestamp_type} in others"
                )
            timestamp_type = kind
        elif source.timestamp is not None:
            timestamp_type = source.partitions[source.timestamp].type.name.upper()
    return timestamp_type


def decimal_fits(declared: DataType, found: str) -> bool:
    """Whether every value of a type such as `DECIMAL(10,2)` is one of the declared decimal."""
    precision, scale = (int(part) for part in found.removeprefix("DECIMAL(").removesuffix(")").split(","))
    own_scale, own_precision = declared.scale or 0, declared.precision or 0
    return scale <= own_scale and precision - scale <= own_precision - own_scale
