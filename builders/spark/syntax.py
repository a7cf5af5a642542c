"""Spark's syntax in ANSI mode, as sqlglot writes it: a cast that may fail is none that raises."""

from __future__ import annotations

from typing import Final

from sqlglot import exp
from sqlglot.dialects.spark import Spark


class AnsiSpark(Spark):  # type: ignore[misc]
    """Spark's SQL, in which sqlglot takes TRY_CAST for CAST as it was before ANSI mode."""

    class Generator(Spark.Generator):  # type: ignore[misc]
        TRANSFORMS = {
            **Spark.Generator.TRANSFORMS,
            exp.TryCast: lambda self, expression: self.cast_sql(expression, safe_prefix="TRY_"),
        }


SYNTAX: Final = "ansispark"
"""What sqlglot calls it."""
