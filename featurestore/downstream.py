"""What depends on a feature service, a view or a feature column, and what retiring it breaks and frees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from builders.figures import size_words, time_words
from definitions.columns import column_names
from definitions.model import FeatureService, ServiceEntry, split_reference
from featurestore.consumers import Consumers, find_consumers, service_references
from featurestore.context import Context
from featurestore.models import seen_models
from featurestore.references import Reference
from featurestore.registry.models import BoundModel
from featurestore.resolve import Applied
from featurestore.savings import Savings, find_savings
from featurestore.tree import Branch, draw_tree, tree_html
from featurestore.usage import DAYS, Person, counts_of, model_document, people_of
from featurestore.usage_picture import model_words, uses_words
from featurestore.use_counts import DAY_MICROSECONDS


@dataclass(frozen=True, slots=True, repr=False)
class Downstream:
    """What depends on `reference`: services and models with the columns that they ask for, and who fetched it in the
    last 30 days. `savings` are what retiring it would free, if that was asked.

    Text and notebooks show it as a tree; `to_dict` is for programs.
    """

    reference: str
    columns: tuple[str, ...]
    services: tuple[tuple[FeatureService, tuple[str, ...]], ...]
    models: tuple[tuple[BoundModel, tuple[str, ...]], ...]
    people: tuple[Person, ...]
    savings: Savings | None

    @property
    def breaks(self) -> tuple[str, ...]:
        """What retiring it would break, in words."""
        return (
            *(f"feature service {service.name}" for service, _ in self.services),
            *(f"model {model.title}" for model, _ in self.models),
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, JSON throughout."""
        return {
            "reference": self.reference,
            "feature_columns": list(self.columns),
            "feature_services": [
                {"name": service.name, "team": service.team, "owner": service.owner, "columns": list(asked)}
                for service, asked in self.services
            ],
            "models": [{**model_document(model), "columns": list(asked)} for model, asked in self.models],
            "people": [
                {
                    "principal": person.principal,
                    "online": person.online,
                    "training": person.training,
                    "last": person.last.isoformat(),
                }
                for person in self.people
            ],
            "retiring": None if self.savings is None else self._retiring(self.savings),
        }

    def _retiring(self, savings: Savings) -> dict[str, Any]:
        return {
            "breaks": list(self.breaks),
            "bytes": savings.bytes,
            "tile_tables": [
                {
                    "tile_table": freed.tile_table,
                    "slots": list(freed.slots),
                    "bytes": freed.bytes,
                    "whole": freed.whole,
                    "seconds_of_the_last_run": freed.seconds,
                }
                for freed in savings.tiles
            ],
            "online_rows": dict(savings.online_rows),
        }

    def tree(self) -> Branch:
        """A branch each for columns, services, models, people and retiring, if there are any."""
        groups = {
            "feature columns": tuple(map(Branch, self.columns)),
            "feature services": tuple(Branch(_whose(service), self._some(asked)) for service, asked in self.services),
            "models": tuple(Branch(model_words(model), self._some(asked)) for model, asked in self.models),
            f"people, in {DAYS} days": tuple(
                Branch(f"{person.principal}: {uses_words(person.online, person.training)}") for person in self.people
            ),
            "retiring it": () if self.savings is None else tuple(self._retiring_branches(self.savings)),
        }
        return Branch(self.reference, tuple(Branch(title, branches) for title, branches in groups.items() if branches))

    def _some(self, asked: tuple[str, ...]) -> tuple[Branch, ...]:
        """The columns that are asked for, unless these are all."""
        return () if set(asked) == set(self.columns) else tuple(map(Branch, asked))

    def _retiring_branches(self, savings: Savings) -> Iterator[Branch]:
        yield Branch(f"breaks {', '.join(self.breaks)}" if self.breaks else "breaks nothing that is known")
        for freed in savings.tiles:
            what = "all tiles" if freed.whole else _slots(len(freed.slots))
            about = "" if freed.whole else "about "
            size = f"{about}{size_words(freed.bytes)}"
            yield Branch(f"saves {size} of {freed.tile_table}: {what}{_took(freed.seconds)}")
        for name, rows in savings.online_rows:
            yield Branch(f"saves {rows:,} online rows of {name}")
        if not savings.tiles and not savings.online_rows:
            yield Branch("saves nothing: others have the same tiles and rows")

    def __repr__(self) -> str:
        return draw_tree(self.tree())

    def _repr_html_(self) -> str:
        return tree_html(self.tree())


def trace_downstream(context: Context, applied: Applied, reference: Reference, retiring: bool) -> Downstream:
    """What depends on a reference; with `retiring`, what would break and what it frees."""
    bound = seen_models(context)
    if reference.service is not None:
        # Its views go on for whoever else asks: retiring it takes the service alone.
        service = applied.repository.feature_services[reference.service]
        columns = service_references(applied, service)
        asking = find_consumers(applied, (model for model in bound if model.features == (service.name,)), columns)
        consumers, savings = Consumers(models=asking.models), Savings((), ())
    else:
        columns = tuple(_columns(applied, reference))
        consumers = find_consumers(applied, bound, columns)
        savings = find_savings(context, applied, columns) if retiring else Savings((), ())
    today = context.clock.now() // DAY_MICROSECONDS
    people = people_of(counts_of(context, applied, reference, today - DAYS + 1), today)
    return Downstream(
        reference.text,
        columns,
        consumers.services,
        consumers.models,
        tuple(people),
        savings if retiring else None,
    )


def _columns(applied: Applied, reference: Reference) -> Iterator[str]:
    """The columns of a view by reference, of every version that is served beside it where none is named."""
    pinned = applied.pinned_views()
    names = [reference.online_name]
    if reference.version is None:
        names += [name for name in pinned if name.partition("@")[0] == reference.view]
    for name in names:
        entry = ServiceEntry(**split_reference(f"{name}:*"))
        for column in column_names(applied.view(entry)):
            if reference.column in (None, column):
                yield f"{name}:{column}"


def _slots(number: int) -> str:
    return "the one slot that nobody else has" if number == 1 else f"the {number} slots that nobody else has"


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f"; the last run that built them took {time_words(seconds * 1000)}"


def _whose(service: FeatureService) -> str:
    whose = [f"team {service.team}"] if service.team else []
    whose += [f"owner {service.owner}"] if service.owner else []
    return f"{service.name} ({', '.join(whose)})" if whose else service.name
