"""The types that columns, keys and feature values have, under Spark SQL's simple names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_DECIMAL: Final = re.compile(r"decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)")

SIMPLE_TYPE_NAMES: Final = ("boolean", "int", "bigint", "float", "double", "string", "date", "timestamp")
"""Every type without parameters; `decimal(p,s)` is the one that has some."""


@dataclass(frozen=True, slots=True)
class DataType:
    """A type: `name` is one of `SIMPLE_TYPE_NAMES`, or `decimal` with a precision and a scale.

    Feature values may be an `array` or a `map` too, of the types in `parts`; tiles may hold `binary`.
    """

    name: str
    precision: int | None = None
    scale: int | None = None
    parts: tuple[DataType, ...] = ()

    def __str__(self) -> str:
        if self.parts:
            return f"{self.name}<{','.join(map(str, self.parts))}>"
        return self.name if self.precision is None else f"{self.name}({self.precision},{self.scale})"

    @property
    def is_integer(self) -> bool:
        return self.name in ("int", "bigint")

    @property
    def is_floating(self) -> bool:
        return self.name in ("float", "double")

    @property
    def is_decimal(self) -> bool:
        return self.name == "decimal"

    @property
    def is_numeric(self) -> bool:
        return self.is_integer or self.is_floating or self.is_decimal

    @property
    def is_temporal(self) -> bool:
        return self.name in ("date", "timestamp")


BOOLEAN: Final = DataType("boolean")
INT: Final = DataType("int")
BIGINT: Final = DataType("bigint")
FLOAT: Final = DataType("float")
DOUBLE: Final = DataType("double")
STRING: Final = DataType("string")
DATE: Final = DataType("date")
DECIMAL_INTEGER: Final = DataType("decimal", 38, 0)
TIMESTAMP: Final = DataType("timestamp")
BINARY: Final = DataType("binary")


def array_of(element: DataType) -> DataType:
    """The type of lists of such elements."""
    return DataType("array", parts=(element,))


def counts_of(category: DataType) -> DataType:
    """The type of maps from categories to how often each occurs."""
    return DataType("map", parts=(category, BIGINT))


def parse_type(text: str) -> DataType:
    """Read a type's name as it stands in YAML, such as `double` or `decimal(12,2)`.

    Raises:
        ValueError: the text names no type; the message lists those there are.
    """
    name = text.strip().lower()
    if name in SIMPLE_TYPE_NAMES:
        return DataType(name)
    match = _DECIMAL.fullmatch(name)
    if match is None:
        raise ValueError(f"{text!r} is no type; expected one of {', '.join(SIMPLE_TYPE_NAMES)} or decimal(p,s)")
    precision, scale = int(match[1]), int(match[2])
    if not (1 <= precision <= 38 and scale <= precision):
        raise ValueError(f"{text!r}: a decimal has 1 to 38 digits and no more decimal places than digits")
    return DataType("decimal", precision, scale)


def whole_digits(data_type: DataType) -> int:
    """How many digits before the point a number of this type may have."""
    if data_type.is_decimal:
        return (data_type.precision or 0) - (data_type.scale or 0)
    return 10 if data_type.name == "int" else 19
