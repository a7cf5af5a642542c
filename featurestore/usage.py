"""Who uses what: look-ups and training fetches by day, services, models and people; of one feature, or all ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from definitions.columns import column_names
from definitions.errors import RequestError
from featurestore.context import Context
from featurestore.models import seen_models
from featurestore.references import Reference, fingerprints_of, read_reference
from featurestore.registry.models import BoundModel
from featurestore.registry.usage import DayCount
from featurestore.resolve import Applied
from featurestore.usage_picture import describe_ranking, describe_usage
from featurestore.use_counts import DAY_MICROSECONDS

DAYS: Final = 30
"""How far back usage is told, today included, unless another number of days is asked for."""
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """What a principal fetched: look-ups, training fetches, and the day of the last."""

    principal: str
    online: int
    training: int
    last: date


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """Uses that came through a feature service."""

    service: str
    online: int
    training: int


@dataclass(frozen=True, slots=True, repr=False)
class Usage:
    """Uses of `reference`, in a number for each day from `first` on: online look-ups and training fetches.

    `services` are all that have it, and those through which it was used; what came by reference is in no service.
    """

    reference: str
    first: date
    online: tuple[int, ...]
    training: tuple[int, ...]
    services: tuple[ServiceUse, ...]
    people: tuple[Person, ...]
    models: tuple[BoundModel, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, JSON throughout."""
        return {
            "reference": self.reference,
            "online": sum(self.online),
            "training": sum(self.training),
            "days": [
                {"day": (self.first + timedelta(number)).isoformat(), "online": online, "training": training}
                for number, (online, training) in enumerate(zip(self.online, self.training, strict=True))
            ],
            "services": [
                {"service": item.service, "online": item.online, "training": item.training} for item in self.services
            ],
            "people": [
                {
                    "principal": item.principal,
                    "online": item.online,
                    "training": item.training,
                    "last": item.last.isoformat(),
                }
                for item in self.people
            ],
            "models": [model_document(model) for model in self.models],
        }

    def __repr__(self) -> str:
        return describe_usage(self)


@dataclass(frozen=True, slots=True)
class FeatureUse:
    """A feature column, its uses, and how many models are bound to it."""

    reference: str
    online: int
    training: int
    models: int


@dataclass(frozen=True, slots=True, repr=False)
class UsageRanking:
    """Every feature column that is applied or was used in the last `days`, the most used first."""

    days: int
    features: tuple[FeatureUse, ...]

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, JSON throughout."""
        return {
            "days": self.days,
            "features": [
                {
                    "reference": item.reference,
                    "online": item.online,
                    "training": item.training,
                    "models": item.models,
                }
                for item in self.features
            ],
        }

    def __repr__(self) -> str:
        return describe_ranking(self)


@dataclass(frozen=True)
class UsageReader:
    """What a store says of usage; `flush` adds what its own process has counted so far."""

    context: Context
    flush: Callable[[], bool]

    def of(self, reference: str, days: int = DAYS) -> Usage:
        """The usage of a service, `view`, `view:column` or `view@2:column` in the last `days`, today included.

        Raises:
            RequestError: it is unknown, or there is no such number of days.
        """
        today = self._ready(days)
        applied = self.context.applied()
        found = read_reference(applied, reference)
        return usage_of(self.context, applied, found, today, days)

    def ranking(self, days: int = DAYS) -> UsageRanking:
        """All feature columns by their uses in the last `days`, today included.

        Raises:
            RequestError: there is no such number of days.
        """
        today = self._ready(days)
        views = self.context.applied().repository.feature_views
        uses: dict[str, Counter[str]] = {
            f"{name}:{column}": Counter() for name, view in views.items() for column in column_names(view)
        }
        for counted in self.context.registry.usage.ranking(today - days + 1):
            if self.context.sees_view(counted.view):
                uses.setdefault(f"{counted.view}:{counted.column}", Counter())[counted.kind] += counted.number
        for model in seen_models(self.context):
            for name in {f"{column.view}:{column.column}" for column in model.columns}:
                uses.setdefault(name, Counter())["models"] += 1
        ranked = sorted(uses.items(), key=lambda item: (-item[1].total(), item[0]))
        return UsageRanking(
            days,
            tuple(FeatureUse(name, found["online"], found["training"], found["models"]) for name, found in ranked),
        )

    def _ready(self, days: int) -> int:
        if days < 1:
            raise RequestError(f"usage is told of 1 day or more, not of {days}")
        self.flush()
        return self.context.clock.now() // DAY_MICROSECONDS


def usage_of(context: Context, applied: Applied, reference: Reference, today: int, days: int = DAYS) -> Usage:
    """The usage in the `days` up to and with the day `today`; what a clock counted ahead is in the last one."""
    since = today - days + 1
    counted = counts_of(context, applied, reference, since)
    by_day: dict[str, list[int]] = {"online": [0] * days, "training": [0] * days}
    for item in counted:
        by_day[item.kind][min(item.day, today) - since] += item.number
    return Usage(
        reference.text,
        _EPOCH + timedelta(since),
        tuple(by_day["online"]),
        tuple(by_day["training"]),
        tuple(_services(context, services_with(applied, reference), counted)),
        tuple(people_of(counted, today)),
        seen_models(context, models_of(context, reference)),
    )


def counts_of(context: Context, applied: Applied, reference: Reference, since: int) -> tuple[DayCount, ...]:
    """What was counted of a reference from the day `since` on."""
    usage = context.registry.usage
    if reference.service is not None:
        return usage.of_service(reference.service, since)
    return usage.of_features(reference.view, reference.column, fingerprints_of(applied, reference), since)


def models_of(context: Context, reference: Reference) -> tuple[BoundModel, ...]:
    """The models that are bound to a reference, whoever may know of them."""
    models = context.registry.models
    if reference.service is not None:
        return tuple(model for model in models.bound() if model.features == (reference.service,))
    found = models.using(reference.view, reference.column)
    return tuple(
        model
        for model in found
        if reference.version is None
        or any(column.view == reference.view and column.version == reference.version for column in model.columns)
    )


def services_with(applied: Applied, reference: Reference) -> tuple[str, ...]:
    """The applied services that answer with a view, a version of it, or a column; a service is its own."""
    if reference.service is not None:
        return ()
    found = []
    for name, service in applied.repository.feature_services.items():
        for entry in service.features:
            fits = entry.view == reference.view and reference.version in (None, entry.version)
            if fits and (reference.column is None or {"*", reference.column} & set(entry.features)):
                found.append(name)
                break
    return tuple(found)


def people_of(counted: Iterable[DayCount], today: int) -> Sequence[Person]:
    """The principals who fetched, whoever fetched most first."""
    held: dict[str, Counter[str]] = {}
    last: dict[str, int] = {}
    for item in counted:
        held.setdefault(item.principal, Counter())[item.kind] += item.number
        last[item.principal] = max(last.get(item.principal, item.day), item.day)
    ranked = sorted(held.items(), key=lambda item: (-item[1].total(), item[0]))
    return [
        Person(name, found["online"], found["training"], _EPOCH + timedelta(min(last[name], today)))
        for name, found in ranked
    ]


def model_document(model: BoundModel) -> dict[str, Any]:
    """A model for programs."""
    return {
        "name": model.name,
        "version": model.version or None,
        "features": list(model.features),
        "owner": model.owner,
        "stage": model.stage,
        "views": sorted({f"{column.view}@{column.version}" for column in model.columns}),
    }


def _services(context: Context, having: Iterable[str], counted: Iterable[DayCount]) -> Iterable[ServiceUse]:
    held: dict[str, Counter[str]] = {name: Counter() for name in having}
    for item in counted:
        if item.service is not None and (context.sees is None or context.sees("feature_service", item.service)):
            held.setdefault(item.service, Counter())[item.kind] += item.number
    for name, found in sorted(held.items(), key=lambda item: (-item[1].total(), item[0])):
        yield ServiceUse(name, found["online"], found["training"])
