"""Who depends on what a finding is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from featurestore.checks.check_words import column_of
from featurestore.consumers import find_consumers
from featurestore.context import Context
from featurestore.impact import trace_impact
from featurestore.models import seen_models
from featurestore.registry.findings import Finding
from featurestore.resolve import Applied


@dataclass(frozen=True)
class Touched:
    """Who depends on what a finding is about: teams and owners to tell, and the models that are bound to it."""

    views: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()

    def words(self) -> str:
        """All of it in a line; empty where nobody depends on it."""
        groups = (
            ("views", self.views), ("services", self.services), ("models", self.models), ("teams", self.teams),
            ("owners", self.owners),
        )  # fmt: skip
        return "; ".join(f"{title} {', '.join(names)}" for title, names in groups if names)

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values."""
        return {
            "feature_views": list(self.views),
            "feature_services": list(self.services),
            "models": list(self.models),
            "teams": list(self.teams),
            "owners": list(self.owners),
        }


def find_touched(context: Context, applied: Applied, finding: Finding) -> Touched:
    """Who depends on the source, its column or the view that a finding is about, as far as one sees."""
    numbers = finding.numbers
    models = seen_models(context)
    if "source" in numbers:
        if numbers["source"] not in applied.repository.sources:
            return Touched()
        impact = trace_impact(applied, str(numbers["source"]), numbers["check"].get("column"))
        references = {column.reference for column in impact.columns}
        consumers = find_consumers(applied, models, references)
        views = tuple(view.name for view in impact.views)
        services = tuple(service.name for service in impact.services)
        return Touched(views, services, _titles(consumers.models), impact.teams, impact.owners)
    reference = f"{numbers['view']}:{column_of(finding)}"
    consumers = find_consumers(applied, models, {reference})
    found = [service for service, _ in consumers.services]
    return Touched(
        (str(numbers["view"]),),
        tuple(service.name for service in found),
        _titles(consumers.models),
        tuple(dict.fromkeys(service.team for service in found if service.team)),
        tuple(dict.fromkeys(service.owner for service in found if service.owner)),
    )


def _titles(models: Iterable[tuple[Any, Any]]) -> tuple[str, ...]:
    return tuple(model.title for model, _ in models)
