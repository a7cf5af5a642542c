"""What an online look-up knows of a service or a view: small records that a fresh process reads in no time."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, msgpack


class ServedColumn(Struct, frozen=True, array_like=True):
    """A column of a published view: where its value stands in the packed row and what a missing row means.

    `ttl` (microseconds): the packed value is (row timestamp, value) and dies that long after the timestamp.
    """

    name: str
    position: int
    type: str
    default: int | None
    ttl: int | None


class ServedView(Struct, frozen=True, array_like=True):
    """A view as it is served now: its generation, the boundary up to which it is complete, its key types.

    `delay` and `hop` (microseconds; hop None is exact, 0 never changes) tell how fresh that is.
    """

    view: str
    generation: int
    watermark: int
    keys: tuple[tuple[str, str], ...]
    columns: tuple[ServedColumn, ...]
    hop: int | None
    delay: int


class ServedEntry(Struct, frozen=True, array_like=True):
    """Columns of one view in a service: (output name, the view's column), by the request's key columns."""

    view: str
    join_keys: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


class ServedService(Struct, frozen=True, array_like=True):
    """What a service answers, in its order."""

    name: str
    entries: tuple[ServedEntry, ...]


class ServedLifecycle(Struct, frozen=True, array_like=True):
    """Where a service or view stands that is no longer simply active: `deprecated` or `retired`.

    `until` is a date in ISO 8601, `successor` what to use instead; in `brownouts` (UTC microseconds, from and up to)
    nobody gets it.
    """

    state: str
    until: str | None
    successor: str | None
    brownouts: tuple[tuple[int, int], ...]


LIFECYCLES: Final = "lifecycles"
"""The record's name of all that is deprecated or retired, by `service_key` or `view_key`."""


def service_key(name: str) -> str:
    """The record's name of a feature service."""
    return f"service:{name}"


def view_key(name: str) -> str:
    """The record's name of a view, or of `view@version`."""
    return f"view:{name}"


encode_view = msgpack.Encoder().encode
decode_view = msgpack.Decoder(ServedView).decode
encode_service = msgpack.Encoder().encode
decode_service = msgpack.Decoder(ServedService).decode
encode_lifecycles = msgpack.Encoder().encode
decode_lifecycles = msgpack.Decoder(dict[str, ServedLifecycle]).decode
