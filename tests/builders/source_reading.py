"""Which of a source's columns a statement reads, by its text alone."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from definitions.model import Source

_SCAN = "source_rows"


def columns_read(sql: str, source: Source) -> set[str]:
    """The columns of `source` without which the statement has no answer.

    Every scan of files becomes a table of that source; what a step selects and no later step needs is left out, as an
    engine leaves it out; what remains of the table's columns is read.
    """
    statement = sqlglot.parse_one(sql, dialect="duckdb")
    for scan in list(statement.find_all(exp.ReadParquet)):
        scan.parent.replace(exp.to_table(_SCAN))
    schema = {_SCAN: dict.fromkeys((*source.columns, *source.partitions), "TEXT")}
    needed = pushdown_projections(qualify(statement, schema=schema, dialect="duckdb", validate_qualify_columns=False))
    read: set[str] = set()
    for scope in traverse_scope(needed):
        scans = {name for name, table in scope.sources.items() if isinstance(table, exp.Table) and table.name == _SCAN}
        read |= {column.name for column in scope.columns if column.table in scans}
    return read
