"""Which columns of which sources a statement reads, by its text alone."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from definitions.model import Source
from definitions.relation import files_read


def file_of(source: Source) -> str:
    """The file that stands for a source in statements, so that a scan of it is told from others."""
    return f"{source.name}.parquet"


def columns_read(sql: str, source: Source) -> set[tuple[str, str]]:
    """The sources with files that `source` is read from, and the columns without which the statement has no answer.

    Every scan of a file becomes a table of its source; what a step selects and no later step needs is left out, as an
    engine leaves it out; what remains of the tables' columns is read.
    """
    statement = sqlglot.parse_one(sql, dialect="duckdb")
    scanned = {file_of(read): read for read in files_read(source)}
    for scan in list(statement.find_all(exp.ReadParquet)):
        file = scan.find(exp.Literal).name
        scan.parent.replace(exp.to_table(scanned[file].name))
    schema = {read.name: dict.fromkeys((*read.columns, *read.partitions), "TEXT") for read in scanned.values()}
    needed = pushdown_projections(qualify(statement, schema=schema, dialect="duckdb", validate_qualify_columns=False))
    read: set[tuple[str, str]] = set()
    for scope in traverse_scope(needed):
        scans = {
            name: table.name
            for name, table in scope.sources.items()
            if isinstance(table, exp.Table) and table.name in schema
        }
        read |= {(scans[column.table], column.name) for column in scope.columns if column.table in scans}
    return read
