"""The types that Spark reads a Parquet file's columns as, by the file's footer alone: no job has to run for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from definitions.errors import SourceError

if TYPE_CHECKING:
    import pyarrow as pa

NANOSECONDS: Final = "TIMESTAMP_NS"
"""What we call a timestamp of nanoseconds, which Spark reads as a bigint."""

_INTEGERS: Final = {"int8": "TINYINT", "int16": "SMALLINT", "int32": "INT", "int64": "BIGINT"}
_UNSIGNED: Final = {"uint8": "SMALLINT", "uint16": "INT", "uint32": "BIGINT", "uint64": "DECIMAL(20,0)"}
_PLAIN: Final = {
    **_INTEGERS,
    **_UNSIGNED,
    "bool": "BOOLEAN",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date32[day]": "DATE",
    "null": "VOID",
    "string": "STRING",
    "large_string": "STRING",
    "string_view": "STRING",
}


def file_types(file: str) -> dict[str, str]:
    """The columns of a Parquet file with their types in Spark's words.

    Raises:
        SourceError: the file is no Parquet file.
    """
    return {field.name: spark_type(field.type) for field in read_schema(file)}


def read_schema(file: str | Path) -> pa.Schema:
    """What a Parquet file's footer says of its columns.

    Raises:
        SourceError: the file is no Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_schema(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise SourceError(f"{file} cannot be read as Parquet: {error}; write it again") from error


def spark_type(kind: pa.DataType) -> str:
    """An Arrow type in Spark's words; one that no declared type takes is called what Arrow calls it."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return spark_type(kind.value_type)
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        if kind.unit == "ns":
            return NANOSECONDS
        return "TIMESTAMP_NTZ" if kind.tz is None else "TIMESTAMP"
    return _PLAIN.get(str(kind), str(kind).upper())
