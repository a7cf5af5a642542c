"""The entity dataframe as people hand it in: pandas, Arrow, Parquet or Spark; and the frame put back beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from builders.engine import is_spark_dataframe
from definitions.errors import RequestError
from definitions.types import DataType

if TYPE_CHECKING:
    import pandas as pd

    from builders.engine import SpineData

RESERVED = "__"
"""Column names that begin so are ours."""


@dataclass(frozen=True)
class EntityDataframe:
    """Rows that a frame is asked for. `columns` are all of its own; `data` is what the engine reads.

    For pandas and Arrow, `data` holds only the keys and the timestamp: the other columns never leave the caller's
    dataframe. Parquet files and DataFrames of Spark are read by the engine and carried through.
    """

    given: Any
    columns: tuple[str, ...]
    data: SpineData

    @property
    def carried(self) -> tuple[str, ...]:
        """The columns that go through the engine."""
        return () if isinstance(self.data, pa.Table) else self.columns

    def digest(self) -> str:
        """A hash of the rows that are asked for, in order: of the data's bytes, or of the files'.

        Raises:
            RequestError: the rows are those of a DataFrame of Spark, which have no order and may change.
        """
        found = hashlib.sha256()
        if isinstance(self.data, tuple):
            for path in self.data:
                found.update(path.read_bytes())
            return found.hexdigest()
        if not isinstance(self.data, pa.Table):
            raise RequestError("a frame of a Spark DataFrame has no manifest; give its rows as Parquet to have one")
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.data.schema) as writer:
            writer.write_table(self.data.combine_chunks())
        found.update(sink.getvalue())
        return found.hexdigest()

    def with_features(self, features: pa.Table) -> pa.Table:
        """The given rows and columns with the features beside them, as an Arrow table."""
        if self.carried:
            return features
        table = (
            self.given if isinstance(self.given, pa.Table) else pa.Table.from_pandas(self.given, preserve_index=False)
        )
        for name in features.column_names:
            table = table.append_column(features.schema.field(name), features.column(name))
        return table

    def with_features_in_pandas(self, features: pa.Table) -> pd.DataFrame:
        """The same as pandas, maps as dicts; a pandas dataframe keeps its index and its columns as they are."""
        import pandas as pd

        if not isinstance(self.given, pd.DataFrame):
            return self.with_features(features).to_pandas(maps_as_pydicts="strict")
        found = features.to_pandas(maps_as_pydicts="strict")
        found.index = self.given.index
        return pd.concat([self.given, found], axis=1)


def read_entity_dataframe(
    given: Any, timestamp: str | None, keys: Mapping[str, DataType], features: Sequence[str]
) -> tuple[EntityDataframe, str | None]:
    """Take an entity dataframe in, with the name of its timestamp column (None: every row means now).

    `timestamp` is the column's expected name; `keys` are the key columns' types; `features` the columns to be added.

    Raises:
        RequestError: a key column is missing, a column clashes with a feature, or it is unclear which column holds
            the timestamps.
    """
    schema, columns = _schema_of(given)
    clash = sorted(set(columns) & set(features))
    if clash:
        raise RequestError(
            f"the entity dataframe already has {', '.join(clash)}; "
            "rename or drop it, or use a prefix in the feature service"
        )
    ours = [name for name in columns if name.startswith(RESERVED)]
    if ours:
        raise RequestError(f"columns that begin with {RESERVED!r} are reserved; rename {', '.join(ours)}")
    missing = [name for name in keys if name not in columns]
    if missing:
        raise RequestError(
            f"the entity dataframe has no key column {', '.join(map(repr, missing))}; "
            f"it has {', '.join(columns) or 'none'}"
        )
    held = _timestamp_column(timestamp, schema)
    if isinstance(given, (str, Path)):
        return EntityDataframe(given, columns, _files(given)), held
    if is_spark_dataframe(given):
        return EntityDataframe(given, columns, given), held
    needed = [*keys, *([held] if held else [])]
    return EntityDataframe(given, columns, _needed(given, needed, keys)), held


def _schema_of(given: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """Each column with a word for its type, `timestamp` among others."""
    if isinstance(given, (str, Path)):
        fields = _read_schema(_files(given)[0])
    elif isinstance(given, pa.Table):
        fields = given.schema
        _refuse_repeated(fields.names)
    elif is_spark_dataframe(given):
        _refuse_repeated(given.columns)
        kinds = ["timestamp" if kind.startswith(("timestamp", "date")) else kind for _, kind in given.dtypes]
        return dict(zip(given.columns, kinds, strict=True)), tuple(given.columns)
    elif hasattr(given, "dtypes") and hasattr(given, "columns"):
        names = [str(name) for name in given.columns]
        _refuse_repeated(names)
        kinds = ["timestamp" if kind.kind == "M" else str(kind) for kind in given.dtypes]
        return dict(zip(names, kinds, strict=True)), tuple(names)
    else:
        raise RequestError(
            "an entity dataframe is a pandas or Spark DataFrame, an Arrow table or the path of a Parquet file, "
            f"not {type(given).__name__}"
        )
    kinds_by_name = {
        field.name: "timestamp"
        if pa.types.is_timestamp(field.type) or pa.types.is_date(field.type)
        else str(field.type)
        for field in fields
    }
    return kinds_by_name, tuple(fields.names)


def _read_schema(file: Path) -> pa.Schema:
    try:
        return pq.read_schema(file)
    except (pa.ArrowInvalid, OSError) as error:
        raise RequestError(f"{file} is no readable Parquet file: {error}") from error


def _refuse_repeated(names: Sequence[str]) -> None:
    repeated = sorted({name for name in names if list(names).count(name) > 1})
    if repeated:
        raise RequestError(
            f"the entity dataframe has {', '.join(map(repr, repeated))} more than once; rename or drop columns"
        )


def _files(path: str | Path) -> tuple[Path, ...]:
    place = Path(path)
    files = tuple(sorted(place.glob("*.parquet"))) if place.is_dir() else (place,)
    if not files or not files[0].exists():
        raise RequestError(f"no Parquet file at {place}")
    return files


def _timestamp_column(timestamp: str | None, schema: Mapping[str, str]) -> str | None:
    if timestamp is None or timestamp in schema:
        return timestamp
    others = [name for name, kind in schema.items() if kind == "timestamp"]
    if others:
        raise RequestError(
            f"the entity dataframe has no column {timestamp!r}, but {', '.join(others)} hold timestamps; "
            f"say which one is meant, timestamp={others[0]!r}, or timestamp=None for now"
        )
    return None


def _needed(given: Any, names: Sequence[str], keys: Mapping[str, DataType]) -> pa.Table:
    columns: list[Any] = []
    for name in names:
        column: Any = given.column(name) if isinstance(given, pa.Table) else _from_pandas(given[name], name)
        if name in keys and keys[name].is_integer and pa.types.is_floating(column.type):
            # pandas turns integers with missing values into floats.
            try:
                column = pc.cast(column, pa.int64())
            except pa.ArrowInvalid as error:
                raise RequestError(f"key column {name!r} is {keys[name]} but holds fractions: {error}") from error
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        columns.append(column)
    return pa.table(dict(zip(names, columns, strict=True)))


def _from_pandas(series: pd.Series[Any], name: str) -> Any:
    try:
        return pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise RequestError(f"column {name!r} of the entity dataframe mixes types: {error}") from error
