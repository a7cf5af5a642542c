"""Tables of Spark's catalog as sources: the files that they have now, so that tiles know what they were made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from definitions.errors import SourceError
from definitions.model import Source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def list_table(session: SparkSession, source: Source) -> list[Path]:
    """The files of the table, by name.

    Raises:
        SourceError: the catalog has no such table, it is none of Parquet files in local folders, or one of its
            partitions' columns is declared as if it was in the files.
    """
    metadata = _metadata_of(session, source)
    kind = (_held(metadata.provider()) or str(metadata.tableType().name())).lower()
    serde = _held(metadata.storage().serde())
    if kind != "parquet" and not (kind == "hive" and "parquet" in serde.lower()):
        raise SourceError(
            f"source {source.name}: the table {source.table} is of kind {kind}; a source is a table of Parquet files. "
            "Write its rows as one, or give the source the path of its files"
        )
    folders = _partitions_of(metadata)
    misplaced = sorted({*folders} & {*source.columns})
    if misplaced:
        raise SourceError(
            f"source {source.name}: {', '.join(misplaced)} is in the folders of {source.table}, not in its files; "
            "declare it under partitions"
        )
    # What others wrote into it since this application first looked is there as well.
    session.catalog.refreshTable(source.table)
    urls = sorted(session.table(source.table).inputFiles())
    if not urls:
        raise SourceError(f"source {source.name}: the table {source.table} has no files; write rows into it first")
    return [_local(source, url, folders) for url in urls]


def _metadata_of(session: SparkSession, source: Source) -> Any:
    """What the catalog knows of the table."""
    from pyspark.errors import AnalysisException, ParseException

    held: Any = session
    state = held._jsparkSession.sessionState()
    try:
        return state.catalog().getTableMetadata(state.sqlParser().parseTableIdentifier(source.table))
    except ParseException as error:
        message = f"source {source.name}: {source.table!r} is no name of a table; write it like sales.orders"
        raise SourceError(message) from error
    except AnalysisException as error:
        raise SourceError(
            f"source {source.name}: Spark's catalog has no table {source.table}; correct `table`, or hand over a "
            "session, or set spark: spark.sql.catalogImplementation, whose catalog has it"
        ) from error


def _held(option: Any) -> str:
    """What an option of Scala holds; empty if nothing."""
    return str(option.get()) if option.isDefined() else ""


def _partitions_of(metadata: Any) -> list[str]:
    names = metadata.partitionColumnNames()
    return [str(names.apply(place)) for place in range(names.size())]


def _local(source: Source, url: str, folders: list[str]) -> Path:
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise SourceError(
            f"source {source.name}: {source.table} has {url}; only files of folders that every node has are read. "
            "Mount them, and give the source their path"
        )
    path = unquote(parts.path)
    elsewhere = [name for name in folders if f"/{name}=" not in path]
    if elsewhere:
        raise SourceError(
            f"source {source.name}: the folders of {path} do not say what {', '.join(elsewhere)} is; "
            f"a partition has to be in a folder such as {elsewhere[0]}=value"
        )
    return Path(path)
