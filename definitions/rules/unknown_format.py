"""Sources whose files could be anything."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.formats import source_format
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def unknown_format(loaded: LoadedRepository) -> Iterator[Finding]:
    """A source's path ends in .parquet, .csv or .csv.gz, or the source says its format."""
    for source in loaded.repository.sources.values():
        if source.path and source_format(source) is None:
            message = f"the path {source.path!r} does not say what its files are"
            yield Finding("source", source.name, ("path",), message, "add format: parquet or format: csv")
