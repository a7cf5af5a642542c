"""Consumers: the feature services and models that ask for feature columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from definitions.columns import column_names
from definitions.model import FeatureService
from featurestore.registry.models import BoundModel
from featurestore.resolve import Applied


@dataclass(frozen=True, slots=True)
class Consumers:
    """The services, and the models that are bound, each with those of the columns that it asks for, as references."""

    services: tuple[tuple[FeatureService, tuple[str, ...]], ...] = ()
    models: tuple[tuple[BoundModel, tuple[str, ...]], ...] = ()


def find_consumers(applied: Applied, models: Iterable[BoundModel], columns: Collection[str]) -> Consumers:
    """Who asks for any of the `columns`, references such as `view:column` or `view@2:column`."""
    services = [(service, _asked(service_references(applied, service), columns)) for service in _services(applied)]
    bound = [(model, _asked(model_references(applied, model), columns)) for model in models]
    return Consumers(
        tuple((service, asked) for service, asked in services if asked),
        tuple((model, asked) for model, asked in bound if asked),
    )


def service_references(applied: Applied, service: FeatureService) -> tuple[str, ...]:
    """The columns that a service answers with."""
    return tuple(
        f"{entry.online_name}:{column}"
        for entry in service.features
        for column in (column_names(applied.view(entry)) if "*" in entry.features else entry.features)
    )


def model_references(applied: Applied, model: BoundModel) -> tuple[str, ...]:
    """The columns that a model is bound to; of the present version of a view under its name alone, too."""
    newest: dict[str, int] = {}
    found = []
    for column in model.columns:
        if column.view not in newest:
            newest[column.view] = applied.versions(column.view)[-1].version
        found.append(f"{column.view}@{column.version}:{column.column}")
        if newest[column.view] == column.version:
            found.append(f"{column.view}:{column.column}")
    return tuple(found)


def _services(applied: Applied) -> Iterable[FeatureService]:
    return applied.repository.feature_services.values()


def _asked(references: Sequence[str], columns: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reference for reference in references if reference in columns))
