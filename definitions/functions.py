"""The functions an expression may call: those that both engines compute alike, or can be made to.

Each is named as in Spark SQL. `case`, `if`, `coalesce`, `nullif` and `cast` are forms of the language, read elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from definitions.types import BIGINT, DOUBLE, INT, STRING, DataType

Kind = Literal["number", "double", "string", "date", "timestamp", "instant", "position", "ordered"]
"""What an argument must be. `double` takes any number, `instant` a date or a timestamp, `date` and `timestamp` each
the other as well (cast), `position` a literal whole number, `ordered` any type that all arguments share."""

FORMS: Final = ("case", "cast", "coalesce", "if", "ifnull", "in", "like", "between", "nullif", "nvl", "nvl2")
"""What looks like a function to a reader of an error message and is spelt through other terms."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function's `name`, the kinds of its arguments and its result.

    `result` None: the type of the argument (integers widen to bigint), or what `floor` makes of it.
    `variadic`: the last kind may repeat. `fallible`: it may fail, or yield no finite number, for arguments that
    are not null; its value is then null.
    """

    name: str
    kinds: tuple[Kind, ...]
    result: DataType | None
    summary: str
    fallible: bool = False
    variadic: bool = False


_TABLE: Final = (
    Function("abs", ("number",), None, "absolute value; null where a bigint overflows", fallible=True),
    Function("floor", ("number",), None, "greatest whole number that is not greater", fallible=True),
    Function("ceil", ("number",), None, "least whole number that is not less", fallible=True),
    Function("sqrt", ("double",), DOUBLE, "square root; null below 0", fallible=True),
    Function("ln", ("double",), DOUBLE, "natural logarithm; null at 0 and below", fallible=True),
    Function("log10", ("double",), DOUBLE, "logarithm to base 10; null at 0 and below", fallible=True),
    Function("exp", ("double",), DOUBLE, "e to that power; null where it overflows", fallible=True),
    Function("pow", ("double", "double"), DOUBLE, "power; null where it is no finite number", fallible=True),
    Function("greatest", ("ordered", "ordered"), None, "greatest value that is not null", variadic=True),
    Function("least", ("ordered", "ordered"), None, "least value that is not null", variadic=True),
    Function("lower", ("string",), STRING, "lower case, one character for one character"),
    Function("upper", ("string",), STRING, "upper case, one character for one character"),
    Function("trim", ("string",), STRING, "without spaces (U+0020 only) at both ends"),
    Function("length", ("string",), INT, "number of Unicode characters"),
    Function("substring", ("string", "position", "position"), STRING, "from a position (1 is the first), so many"),
    Function("concat", ("string", "string"), STRING, "joined; null if any is null", variadic=True),
    Function("year", ("instant",), INT, "year in UTC"),
    Function("quarter", ("instant",), INT, "quarter, 1 to 4"),
    Function("month", ("instant",), INT, "month, 1 to 12"),
    Function("weekofyear", ("instant",), INT, "ISO week, 1 to 53"),
    Function("day", ("instant",), INT, "day of the month, 1 to 31"),
    Function("dayofweek", ("instant",), INT, "day of the week, 1 is Sunday"),
    Function("dayofyear", ("instant",), INT, "day of the year, 1 to 366"),
    Function("hour", ("timestamp",), INT, "hour in UTC, 0 to 23"),
    Function("minute", ("timestamp",), INT, "minute, 0 to 59"),
    Function("second", ("timestamp",), INT, "whole second, 0 to 59"),
    Function("unix_micros", ("timestamp",), BIGINT, "microseconds since 1970-01-01 UTC"),
    Function("datediff", ("date", "date"), INT, "days from the second date to the first", fallible=True),
)

FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType({function.name: function for function in _TABLE})

ALIASES: Final[Mapping[str, str]] = MappingProxyType({
    "ceiling": "ceil", "log": "ln", "power": "pow", "lcase": "lower", "ucase": "upper",
    "char_length": "length", "character_length": "length", "len": "length", "substr": "substring",
    "dayofmonth": "day", "date_diff": "datediff",
})  # fmt: skip

REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(
        ("sum", "count", "avg", "mean", "min", "max", "first", "last", "stddev", "variance", "median", "any_value",
         "collect_list", "collect_set", "approx_count_distinct", "count_if", "percentile"),
        "aggregates belong in `agg`; an expression sees one row",
    )
    | dict.fromkeys(
        ("rand", "randn", "random", "uuid", "shuffle", "monotonically_increasing_id"),
        "its value would change from run to run",
    )
    | dict.fromkeys(
        ("now", "current_date", "current_timestamp", "curdate", "current_time", "localtimestamp", "unix_timestamp"),
        "its value would change from run to run; the time of asking belongs to `windows` and `ttl`",
    )
    | dict.fromkeys(
        ("row_number", "rank", "dense_rank", "lag", "lead", "ntile"),
        "window functions are not for expressions; use `windows` and `agg`",
    )
)  # fmt: skip
"""Functions that no expression will ever call, and why."""

INSTEAD: Final[Mapping[str, str]] = MappingProxyType({
    "round": "floor", "bround": "floor", "trunc": "floor", "truncate": "floor", "log2": "ln", "log1p": "ln",
    "cbrt": "pow", "square": "pow", "sign": "case", "signum": "case", "rlike": "like", "regexp": "like",
    "regexp_like": "like", "ilike": "like", "contains": "like", "startswith": "like", "endswith": "like",
    "to_date": "cast", "to_timestamp": "cast", "date_trunc": "cast", "unix_seconds": "unix_micros",
    "unix_millis": "unix_micros", "weekday": "dayofweek", "months_between": "datediff", "timestampdiff": "datediff",
    "left": "substring", "right": "substring", "ltrim": "trim", "rtrim": "trim", "concat_ws": "concat",
    "isnan": "is null", "div": "floor", "pmod": "%", "try_divide": "/", "try_add": "+", "width_bucket": "case",
})  # fmt: skip
"""What does the work of a function that is not supported, where the nearest name would mislead."""
