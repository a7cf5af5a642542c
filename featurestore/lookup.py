"""Online look-ups: the values at the watermark, read from packed rows.

A fresh process loads nothing for it but msgspec and the online store: no YAML, no SQL, no dataframes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import random
from typing import TYPE_CHECKING, Any, Final

from definitions.errors import RequestError
from definitions.online_row import OnlineRow
from featurestore.clock import Clock, format_instant
from featurestore.lifecycle import Watched, meet_lifecycles, watch
from featurestore.lookup_sample import LookupSample
from featurestore.online.codec import KeyEncoder, decode_value
from featurestore.online.protocol import OnlineStore
from featurestore.registry.serving_reader import ServingReader
from featurestore.registry.usage_writer import Request, UsedColumn
from featurestore.revision_poll import RevisionPoll
from featurestore.serving_record import (
    LIFECYCLES,
    ServedColumn,
    ServedEntry,
    ServedLifecycle,
    ServedService,
    ServedView,
    decode_lifecycles,
    decode_service,
    decode_view,
    service_key,
    view_key,
)
from featurestore.use_counts import UseCounter, UseCounts

if TYPE_CHECKING:
    import pandas as pd

    from featurestore.guard import Guard

_GRACE_SECONDS: Final = 600.0
"""How long look-ups go on with what they know while the registry does not answer: less than rows stay that a later
generation has taken the place of."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class ViewFreshness:
    """How fresh a view is online: complete up to `watermark` (UTC microseconds), due at each hop plus the delay."""

    view: str
    generation: int
    watermark: int
    late: bool


@dataclass(frozen=True)
class OnlineResponse:
    """Feature values for the rows asked for, in their order; `freshness` says up to when they are complete."""

    values: Mapping[str, list[Any]]
    freshness: tuple[ViewFreshness, ...]

    def to_dict(self) -> dict[str, list[Any]]:
        """Each key and feature column with one value per row."""
        return {name: list(values) for name, values in self.values.items()}

    def to_pandas(self) -> pd.DataFrame:
        """The same as a pandas dataframe."""
        import pandas as pd

        return pd.DataFrame(self.to_dict())

    def _repr_html_(self) -> str:
        fresh = "".join(f"<li>{item.view}: values at {format_instant(item.watermark)}</li>" for item in self.freshness)
        return f"{self.to_pandas().to_html()}<ul>{fresh}</ul>"


@dataclass(frozen=True)
class _Reading:
    """One view in one role of a request, ready to read."""

    view: ServedView
    key_columns: tuple[str, ...]
    encoder: KeyEncoder
    columns: tuple[tuple[str, ServedColumn], ...]
    convert: tuple[Convert | None, ...]


_Asked = tuple[ServedView, ServedEntry | None, tuple[str, ...]]
"""A view, and which of its columns: those of a service's entry, or by name."""


@dataclass(frozen=True)
class _Plan:
    """What a request is answered from, what of it is on its way out, and the counter of its uses."""

    readings: tuple[_Reading, ...]
    watched: Watched
    counter: UseCounter


@dataclass
class Lookup:
    """Reads feature values online, counts uses, and keeps what the registry says of services and views until it
    changes. A share of them is kept in the `sample`, as it was read.

    With a `guard`, what a principal may not discover is as if it were not there, and rights are asked at each look-up.
    """

    serving: ServingReader
    online: OnlineStore
    clock: Clock
    counts: UseCounts
    sample: LookupSample
    guard: Guard | None = None
    _plans: dict[Any, _Plan] = field(default_factory=dict)
    _poll: RevisionPoll = field(default_factory=lambda: RevisionPoll(_GRACE_SECONDS))

    def read(self, features: str | Sequence[str], rows: Sequence[Mapping[str, Any]]) -> OnlineResponse:
        """The values of `features` for each row of entity keys.

        Raises:
            RequestError: the features are unknown, not published or retired, or a row lacks a key or has one of
                another type.
            AccessError: the principal may not read some of them.
        """
        planned = self._plan(features)
        plan = planned.readings
        if self.guard is not None:
            self.guard.read_online(tuple(reading.view.view for reading in plan))
        now = self.clock.now()
        if planned.watched:
            meet_lifecycles(planned.watched, now)
        values: dict[str, list[Any]] = {}
        for name in dict.fromkeys(name for reading in plan for name in reading.key_columns):
            values[name] = [_key(row, name, position) for position, row in enumerate(rows)]
        keys = [_encoded(reading, values) for reading in plan]
        asked = [
            (reading.view.generation, [key for key in held if key is not None])
            for reading, held in zip(plan, keys, strict=True)
        ]
        freshness = {}
        read = self.online.read_several(asked)
        for reading, held, rows_found in zip(plan, keys, read, strict=True):
            found = iter(rows_found)
            self._unpack(reading, [None if key is None else next(found) for key in held], now, values)
            freshness[reading.view.view] = _freshness(reading.view, now)
        planned.counter.add()
        if random() < self.sample.share:
            for reading, (_, asked_keys), rows_found in zip(plan, asked, read, strict=True):
                self.sample.keep(reading.view, asked_keys, rows_found, now)
        return OnlineResponse(values, tuple(freshness.values()))

    def _unpack(
        self, reading: _Reading, found: Sequence[OnlineRow | None], now: int, values: dict[str, list[Any]]
    ) -> None:
        decoded = [None if row is None else decode_value(row.value)[1] for row in found]
        for (name, column), convert in zip(reading.columns, reading.convert, strict=True):
            position, default, ttl = column.position, column.default, column.ttl
            if ttl is not None:
                values[name] = [
                    None
                    if row is None or row[position] is None or row[position][0] < now - ttl
                    else _converted(row[position][1], convert)
                    for row in decoded
                ]
            elif convert is None:
                values[name] = [default if row is None else row[position] for row in decoded]
            else:
                values[name] = [default if row is None else _converted(row[position], convert) for row in decoded]

    def _plan(self, features: str | Sequence[str]) -> _Plan:
        self._poll.follow(self.serving.revision, self._forget)
        if self.counts.asleep:
            self.counts.wake()
        key = features if isinstance(features, str) else tuple(features)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._make_plan(features)
        return plan

    def _forget(self) -> None:
        for former in self._plans.values():
            former.counter.released = True
        self._plans.clear()

    def _make_plan(self, features: str | Sequence[str]) -> _Plan:
        """Read a service's record and those of its views as they stand together."""
        while True:
            revision = self.serving.revision()
            try:
                service, entries = self._entries(features)
                readings = tuple(self._reading(*item) for item in entries)
                watched = watch(service, (reading.view.view for reading in readings), self._lifecycles())
            except RequestError:
                if self.serving.revision() == revision:
                    raise
                continue
            if self.serving.revision() == revision:
                return _Plan(readings, watched, self.counts.counter(_request(service, readings), "online"))

    def _entries(self, features: str | Sequence[str]) -> tuple[str | None, list[_Asked]]:
        """The service that is asked, if it is one, and what is read of each view."""
        if isinstance(features, str) and ":" not in features:
            service = self._service(features)
            if not service.entries:
                raise RequestError(
                    f"nothing of {features!r} can be looked up: it has only windows of views with every: exact, which "
                    "are offline only; give a view a hop such as every: 1h"
                )
            return features, [(self._view(entry.view), entry, ()) for entry in service.entries]
        wanted: dict[str, list[str]] = {}
        for reference in [features] if isinstance(features, str) else features:
            view, colon, column = reference.partition(":")
            if not colon:
                raise RequestError(f"{reference!r} is no feature reference; write view:column or view:*")
            wanted.setdefault(view, []).append(column)
        return None, [(self._view(view), None, tuple(columns)) for view, columns in wanted.items()]

    def _reading(self, view: ServedView, entry: ServedEntry | None, asked: tuple[str, ...]) -> _Reading:
        by_name = {column.name: column for column in view.columns}
        if entry is None:
            names = [name for item in asked for name in (by_name if item == "*" else (item,))]
            pairs = tuple((name, name) for name in dict.fromkeys(names))
            key_columns = tuple(name for name, _ in view.keys)
        else:
            pairs, key_columns = entry.columns, entry.join_keys
        unknown = [column for _, column in pairs if column not in by_name]
        if unknown:
            raise RequestError(f"{view.view!r} has no column {unknown[0]!r} online; it has {', '.join(by_name)}")
        columns = tuple((name, by_name[column]) for name, column in pairs)
        encoder = KeyEncoder([kind for _, kind in view.keys], key_columns)
        return _Reading(view, key_columns, encoder, columns, tuple(_converter(c.type) for _, c in columns))

    def _sees(self, kind: str, name: str) -> bool:
        return self.guard is None or self.guard.sees(kind, name)

    def _service(self, name: str) -> ServedService:
        record = self.serving.load(service_key(name)) if self._sees("feature_service", name) else None
        if record is None:
            meet_lifecycles(watch(name, (), self._lifecycles()), self.clock.now())
            raise RequestError(
                f"there is no feature service {name!r}; see `featurestore plan`, then `featurestore apply`"
            )
        return decode_service(record)

    def _view(self, name: str) -> ServedView:
        record = self.serving.load(view_key(name)) if self._sees("feature_view", name) else None
        if record is None:
            meet_lifecycles(watch(None, (name,), self._lifecycles()), self.clock.now())
            raise RequestError(
                f"feature view {name!r} is not online; run `featurestore materialize` first "
                "(windows of an exact view are offline only)"
            )
        return decode_view(record)

    def _lifecycles(self) -> Mapping[str, ServedLifecycle]:
        record = self.serving.load(LIFECYCLES)
        return {} if record is None else decode_lifecycles(record)


def _request(service: str | None, readings: Sequence[_Reading]) -> Request:
    """What a look-up counts as; which version of a view it is of, its generation tells."""
    columns = {
        UsedColumn(reading.view.view.partition("@")[0], column.name, reading.view.generation)
        for reading in readings
        for _, column in reading.columns
    }
    return Request(service, tuple(sorted(columns)))


def _encoded(reading: _Reading, values: Mapping[str, list[Any]]) -> list[bytes | None]:
    """The key of each row of a request; None where a part of it is null."""
    columns = (values[name] for name in reading.key_columns)
    return [reading.encoder.encode(key) for key in zip(*columns, strict=True)]


def _key(row: Mapping[str, Any], name: str, position: int) -> Any:
    try:
        return row[name]
    except KeyError:
        raise RequestError(f"row {position} has no {name!r}; it has {', '.join(map(str, row)) or 'nothing'}") from None


def _freshness(view: ServedView, now: int) -> ViewFreshness:
    """Late: a further boundary should be published by now."""
    due = 0 if not view.hop else view.watermark + view.delay + 2 * view.hop
    return ViewFreshness(view.view, view.generation, view.watermark, bool(due) and now >= due)


def _converter(kind: str) -> Convert | None:
    """From packed values of a type to Python's own; None where they are the same."""
    outer, _, inner = kind.partition("<")
    if outer == "array":
        item = _converter(inner.removesuffix(">"))
        return None if item is None else lambda values: [_converted(value, item) for value in values]
    if outer == "map":
        # Its counts are whole numbers and the last part.
        key = _converter(inner.rpartition(",")[0])
        return lambda pairs: {_converted(value, key): count for value, count in pairs}
    return _CONVERT.get(kind.partition("(")[0])


def _converted(value: Any, convert: Convert | None) -> Any:
    return value if convert is None or value is None else convert(value)


_CONVERT: Final[Mapping[str, Convert]] = {
    "decimal": Decimal,
    "timestamp": lambda value: _EPOCH + timedelta(microseconds=value),
    "date": lambda value: date(1970, 1, 1) + timedelta(days=value),
}
"""From packed values to Python's own."""
