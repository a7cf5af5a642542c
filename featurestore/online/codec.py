"""Entity keys and feature values as bytes: msgpack arrays, by position."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Context, Decimal, InvalidOperation
from operator import index
from typing import Any, Final

import msgspec

from definitions.errors import RequestError
from definitions.types import DataType, parse_type
from featurestore.clock import parse_instant

_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.Decoder(list[Any]).decode
_HEADER: Final = struct.Struct("<BI")
"""Format byte and schema id, little-endian."""
_FORMAT: Final = 1
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_INTEGER_LIMIT: Final = {"int": 2**31, "bigint": 2**63}
_FLOAT: Final = struct.Struct("<f")
_DECIMALS: Final = Context(prec=38)

Coercion = Callable[[Any], object]


def encode_key(values: Sequence[object], types: Sequence[str], names: Sequence[str] | None = None) -> bytes | None:
    """Encode an entity's key parts, in the entity's order, as the bytes of an online row's key.

    Canonical: one entity has one key, however its values arrive (Python or NumPy numbers, datetimes or ISO text,
    `Decimal` or its text), and two entities never share one, whatever characters the parts hold.

    Args:
        values: one per key part.
        types: each part's declared type, such as `bigint` or `decimal(12,2)`.
        names: the join keys' names, for messages.

    Returns:
        The key; None if a part is null (None, NaN, NaT, NA): nobody has that row.

    Raises:
        RequestError: a value is not of its type; the message names the key and the value.
    """
    return KeyEncoder(types, names).encode(values)


class KeyEncoder:
    """`encode_key` for many entities: the types are read once."""

    def __init__(self, types: Sequence[str], names: Sequence[str] | None = None) -> None:
        self._types = tuple(types)
        self._names = tuple(names) if names is not None else tuple(f"part {n}" for n in range(1, len(types) + 1))
        self._coercions = tuple(_coercion(parse_type(text)) for text in types)

    def encode(self, values: Sequence[object]) -> bytes | None:
        """See `encode_key`."""
        if len(values) != len(self._coercions):
            raise RequestError(f"a key of {', '.join(self._names)} takes {len(self._names)} values, not {len(values)}")
        parts = []
        for position, (value, coerce) in enumerate(zip(values, self._coercions, strict=True)):
            if _is_null(value):
                return None
            try:
                parts.append(coerce(value))
            except (TypeError, ValueError, OverflowError, InvalidOperation, RequestError):
                raise RequestError(
                    f"key {self._names[position]}: {_shown(value)} is no {self._types[position]} value"
                ) from None
        return _pack(parts)


def encode_value(schema: int, values: Sequence[object]) -> bytes:
    """Pack feature values by position: format byte, schema id (uint32), msgpack array.

    Values are None, bool, int (64 bits), float and str; dates go as days, timestamps as microseconds, decimals as
    text: the schema knows their types.

    Raises:
        RequestError: a value is of another type or an integer is too large.
    """
    try:
        return _HEADER.pack(_FORMAT, schema) + _pack(values)
    except (TypeError, OverflowError, UnicodeEncodeError, struct.error) as error:
        raise RequestError(f"values of schema {schema} cannot be packed: {error}") from error


def decode_value(data: bytes) -> tuple[int, list[Any]]:
    """Unpack what `encode_value` packed: the schema id and the values.

    Raises:
        RequestError: the bytes are of a newer format, or damaged.
    """
    try:
        form, schema = _HEADER.unpack_from(data)
        if form != _FORMAT:
            raise RequestError(f"the online row is of format {form}, this version reads {_FORMAT}; upgrade the reader")
        return schema, _unpack(memoryview(data)[_HEADER.size :])
    except (struct.error, msgspec.DecodeError) as error:
        raise RequestError(
            f"the online row of {len(data)} bytes is damaged: {error}; publish the view again"
        ) from error


def _is_null(value: Any) -> bool:
    if value is None or type(value).__name__ == "NAType":
        return True
    if isinstance(value, Decimal):
        return value.is_nan()
    # NaN and NaT, Python's, NumPy's and pandas', are what does not equal itself.
    return (isinstance(value, (float, date)) or _numpy_kind(value) in ("f", "M")) and bool(value != value)  # noqa: PLR0124


def _numpy_kind(value: Any) -> str | None:
    """The dtype kind of a NumPy scalar (`b`, `i`, `f`, `M`, ...); None for anything else, arrays too."""
    return value.dtype.kind if getattr(value, "shape", None) == () else None


def _shown(value: object) -> str:
    text = repr(value)
    return f"{text if len(text) <= 80 else text[:77] + '...'} ({type(value).__name__})"


def _coercion(declared: DataType) -> Coercion:
    if declared.is_integer:
        return _integer_below(_INTEGER_LIMIT[declared.name])
    if declared.is_decimal:
        return _decimal_of(declared)
    return _COERCIONS[declared.name]


def _integer_below(limit: int) -> Coercion:
    def integer(value: Any) -> int:
        # True is 1 to Python; as a key it is a value of another type. NumPy's booleans are no index at all.
        if isinstance(value, bool):
            raise TypeError
        number = index(value)
        if not -limit <= number < limit:
            raise OverflowError
        return number

    return integer


def _boolean(value: Any) -> bool:
    if isinstance(value, bool) or _numpy_kind(value) == "b":
        return bool(value)
    raise TypeError


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # a lone surrogate is no text
    return str(value)


def _double(value: Any) -> float:
    if isinstance(value, (bool, str)) or _numpy_kind(value) == "b":
        raise TypeError
    return float(value) + 0.0  # -0.0 is the entity 0.0


def _float(value: Any) -> float:
    return float(_FLOAT.unpack(_FLOAT.pack(_double(value)))[0])


def _timestamp(value: Any) -> int:
    return parse_instant(_from_numpy(value))


def _date(value: Any) -> int:
    moment = _from_numpy(value)
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment.strip())
    if isinstance(moment, datetime):
        if moment.time() != time():
            raise ValueError
        moment = moment.date()
    if not isinstance(moment, date):
        raise TypeError
    return moment.toordinal() - _EPOCH_DAY


def _from_numpy(value: Any) -> Any:
    """A `datetime64` as a datetime; anything else as it is."""
    return value.astype("datetime64[us]").item() if _numpy_kind(value) == "M" else value


def _decimal_of(declared: DataType) -> Coercion:
    assert declared.precision is not None and declared.scale is not None
    step = Decimal(1).scaleb(-declared.scale)
    limit = Decimal(10) ** (declared.precision - declared.scale)

    def decimal(value: Any) -> str:
        if isinstance(value, bool):
            raise TypeError
        number = Decimal(value) if isinstance(value, (str, Decimal)) else Decimal(index(value))
        rounded = number.quantize(step, context=_DECIMALS)
        if rounded != number or not -limit < rounded < limit:
            raise ValueError
        return format(rounded if rounded else rounded.copy_abs(), "f")  # -0.00 is the entity 0.00

    return decimal


_COERCIONS: Final[dict[str, Coercion]] = {
    "boolean": _boolean,
    "float": _float,
    "double": _double,
    "string": _string,
    "date": _date,
    "timestamp": _timestamp,
}
