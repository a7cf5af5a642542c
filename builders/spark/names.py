"""Files, columns and types as Spark's readers and DataFrames take them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlglot import exp

from builders.sql.ast import sql_type
from definitions.types import DataType

_PATTERN: Final = re.compile(r"[{}\[\]*?\\]")
"""What makes a path a pattern to Spark."""


def url_of(file: str | Path) -> str:
    """A local file as Spark takes it, whatever characters its name has."""
    return "file://" + _PATTERN.sub(r"\\\g<0>", str(file))


def quoted(name: str) -> str:
    """A column's name as Spark's DataFrames take it, whatever characters it has."""
    return str(exp.to_identifier(name, quoted=True).sql(dialect="spark"))


def type_name(kind: DataType) -> str:
    """A type in Spark's words."""
    return str(sql_type(kind).sql(dialect="spark"))


def ddl(types: Mapping[str, str]) -> str:
    """Columns and their types as a schema."""
    return ", ".join(f"{quoted(name)} {kind}" for name, kind in types.items())
