"""What commands take in: names of features, files of entity dataframes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from definitions.errors import RequestError

if TYPE_CHECKING:
    import pyarrow as pa

    from definitions.types import DataType

INPUT_FILE = click.Path(exists=True, path_type=Path)
OUTPUT_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


def asked_features(names: Sequence[str]) -> str | list[str]:
    """A feature service's name or one reference alone, else a list of references."""
    return names[0] if len(names) == 1 else list(names)


def read_entity_dataframe(path: Path, keys: Callable[[], Mapping[str, DataType]]) -> str | pa.Table:
    """An entity dataframe in a file: Parquet stays a path and streams; CSV is read, its `keys` in their types.

    Raises:
        RequestError: the CSV cannot be read, or a key in it is not of its type.
    """
    if path.suffix.lower() != ".csv":
        return str(path)
    import pyarrow as pa
    from pyarrow import csv

    from featurestore.view_tests import arrow_type

    types = {name: arrow_type(kind) for name, kind in keys().items()}
    try:
        return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=types))
    except pa.ArrowInvalid as error:
        raise RequestError(f"{path} is no entity dataframe in CSV: {error}") from error


def refuse_missing_folder(path: Path | None) -> None:
    """Refuse a file to write whose folder is not there, before anything is computed for it.

    Raises:
        click.UsageError: there is no such folder.
    """
    if path is not None and not path.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {path.parent} to write {path.name} into")
