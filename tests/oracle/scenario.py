"""A whole little world to try the product on: definitions, source files, late rows, a spine and moments to run at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from hypothesis.vendor.pretty import RepresentationPrinter

from definitions.model import Entity, FeatureView, Repository, Source
from definitions.types import DataType
from tests.oracle.expressions import Row
from tests.oracle.joins import rows_of_view, shape_of
from tests.oracle.values import Key

_ARROW_TYPES: Final[Mapping[str, pa.DataType]] = {
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
TIMESTAMP: Final = "event_timestamp"
"""The spine's column of instants."""


@dataclass(frozen=True, repr=False)
class Scenario:
    """`files` has the rows of each file of each source but unions; `late` those of one more file each, landing later.

    A spine row holds a value per key of every entity and its instant under `TIMESTAMP`. `moments` are instants in
    ascending order, to materialize or ask at; `now` is after everything. Instants are microseconds in UTC.
    """

    repository: Repository
    files: Mapping[str, tuple[tuple[Row, ...], ...]]
    late: Mapping[str, tuple[Row, ...]]
    spine: tuple[Row, ...]
    moments: tuple[int, ...]
    now: int

    def rows(self, source: str, late: bool = True) -> list[Row]:
        """All rows of a source with files, with or without the late ones."""
        first = [row for file in self.files[source] for row in file]
        return first + list(self.late.get(source, ())) if late else first

    def rows_of(self, view: FeatureView, late: bool = True) -> list[Row]:
        """All rows that `view` reads, with what it joins to them."""
        return rows_of_view(view, self.repository.sources, {name: self.rows(name, late) for name in self.files})

    def parts(self, view: FeatureView) -> tuple[Source, Entity]:
        """What `view` is computed from: a source of the shape of its own, and its entity."""
        return shape_of(view.source, self.repository.sources), self.repository.entities[view.entity]

    @property
    def views(self) -> tuple[FeatureView, ...]:
        return tuple(self.repository.feature_views.values())

    def spine_keys(self, entity: Entity) -> list[Key]:
        """The entity's keys in the spine, null ones too, each once and in the spine's order."""
        return list(dict.fromkeys(tuple(row[name] for name in entity.keys) for row in self.spine))

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        """How hypothesis shows a failing scenario."""
        printer.text(repr(self))

    def __repr__(self) -> str:
        lines = [to_yaml(self.repository)]
        for source in self.files:
            for number, rows in enumerate((*self.files[source], self.late.get(source, ()))):
                label = f"file {number}" if number < len(self.files[source]) else "late file"
                lines += [f"{source}, {label}:", *(f"  {dict(row)}" for row in rows)]
        lines += ["spine:", *(f"  {dict(row)}" for row in self.spine)]
        return "\n".join([*lines, f"moments: {list(self.moments)}", f"now: {self.now}"])


def to_yaml(repository: Repository) -> str:
    """The repository as one YAML file; reading it gives the same repository."""
    kinds = repository.model_dump(mode="json", exclude_defaults=True)
    for source in kinds["sources"].values():
        if "columns" in source:
            source["columns"] = {name: column["type"] for name, column in source["columns"].items()}
    return yaml.safe_dump(
        {kind: list(named.values()) for kind, named in kinds.items()},
        sort_keys=False,
        default_flow_style=None,
        width=120,
    )


def write_scenario(scenario: Scenario, folder: Path) -> None:
    """Write the definitions and the files that are there from the start; late files come by `write_late_files`."""
    write_definitions(scenario, folder)
    for name, files in scenario.files.items():
        for number, rows in enumerate(files):
            write_rows(scenario.repository.sources[name], rows, folder, f"part-{number}")


def write_definitions(scenario: Scenario, folder: Path) -> None:
    """Write the definitions, in the place of those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "features.yaml").write_text(to_yaml(scenario.repository), encoding="utf-8")


def write_late_files(scenario: Scenario, folder: Path) -> None:
    """Write the late rows, one more file for each source that has some."""
    for name, rows in scenario.late.items():
        if rows:
            write_rows(scenario.repository.sources[name], rows, folder, "late")


def write_rows(source: Source, rows: Sequence[Row], folder: Path, file: str) -> None:
    """Write one Parquet file beside the others of `source`, with all its columns, however few the rows."""
    target = (folder / source.path).parent / f"{file}.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    columns = {name: column.type for name, column in source.columns.items()}
    pq.write_table(to_arrow(columns, rows), target)


def spine_table(scenario: Scenario, spine: Iterable[Row] | None = None) -> pa.Table:
    """The spine as an entity dataframe with a row number of its own in the column `row`."""
    rows = [{**row, "row": number} for number, row in enumerate(scenario.spine if spine is None else spine)]
    keys = {name: type_ for entity in scenario.repository.entities.values() for name, type_ in entity.keys.items()}
    return to_arrow({"row": DataType("bigint"), **keys, TIMESTAMP: DataType("timestamp")}, rows)


def to_arrow(columns: Mapping[str, DataType], rows: Sequence[Row]) -> pa.Table:
    """Rows of Python values as a table; what is a timestamp is given in microseconds."""
    arrays = [pa.array([row[name] for row in rows], arrow_type(type_)) for name, type_ in columns.items()]
    return pa.table(arrays, names=list(columns))


def arrow_type(type_: DataType) -> pa.DataType:
    """The type a column has in a Parquet file."""
    return pa.decimal128(type_.precision, type_.scale) if type_.is_decimal else _ARROW_TYPES[type_.name]


def key_rows(entity: Entity, keys: Iterable[Key]) -> Iterator[dict[str, Any]]:
    """Entity keys as rows, as a look-up asks for them."""
    return (dict(zip(entity.keys, key, strict=True)) for key in keys)
