"""Lineage: what feature columns are made of, down to the columns of sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from builders.lineage import ColumnLineage, Input, SlotLineage, trace_column
from definitions.errors import RequestError
from definitions.suggest import suggest
from featurestore.consumers import Consumers, find_consumers
from featurestore.governance.pii import Declassified, Pii, pii_of, pii_of_keys
from featurestore.mermaid import draw_lineage
from featurestore.tree import Branch, draw_tree, tree_html

if TYPE_CHECKING:
    from definitions.model import ServiceEntry
    from featurestore.registry.models import BoundModel
    from featurestore.resolve import Applied


@dataclass(frozen=True, repr=False)
class Lineage:
    """Of each feature column that was `asked` for: its source columns and their uses, its computation, its slots; and
    the feature services and models that ask for any of them (`consumers`).

    Text and notebooks show it as a tree, `to_mermaid` as a graph; `to_dict` is for programs.
    """

    asked: tuple[str, ...]
    columns: tuple[ColumnLineage, ...]
    declassified: Declassified = field(default_factory=dict)
    consumers: Consumers = field(default_factory=Consumers)

    def to_dict(self) -> dict[str, Any]:
        """All of it in plain values, JSON throughout."""
        return {
            "asked": list(self.asked),
            "feature_columns": [_column_document(column, self.declassified) for column in self.columns],
            "feature_services": [
                {"name": service.name, "columns": list(asked)} for service, asked in self.consumers.services
            ],
            "models": [
                {"name": model.name, "version": model.version or None, "columns": list(asked)}
                for model, asked in self.consumers.models
            ],
        }

    def to_mermaid(self) -> str:
        """A flowchart in Mermaid, from source columns over feature columns to services and models."""
        return draw_lineage(self)

    def tree(self) -> Branch:
        """A branch for each feature column, then one each for services and models, if there are any."""
        consumers = {
            "feature services that ask for them": [service.name for service, _ in self.consumers.services],
            "models that ask for them": [model.title for model, _ in self.consumers.models],
        }
        asking = (Branch(title, tuple(map(Branch, names))) for title, names in consumers.items() if names)
        columns = (_column_branch(column, self.declassified) for column in self.columns)
        return Branch(", ".join(self.asked), (*columns, *asking))

    def __repr__(self) -> str:
        return draw_tree(self.tree())

    def _repr_html_(self) -> str:
        return tree_html(self.tree())


def trace_references(
    applied: Applied,
    references: Sequence[str],
    models: Iterable[BoundModel] = (),
    declassified: Declassified | None = None,
) -> Lineage:
    """The lineage of services, views and feature columns, each column once, in the order in which they are named; up
    to the applied services and those of the `models` that ask for them.

    Raises:
        RequestError: nothing is named or applied, or a name is unknown; the message suggests the nearest one.
    """
    if not references:
        raise RequestError("name what to trace: a feature service, a feature view, view:column or view:*")
    entries = [entry for reference in references for entry in named_entries(applied, reference)]
    # Two roles of an entity ask for one column by different keys, and under a name of its own each.
    found = {
        (column.requested.name, column.reference, column.requested.key_columns): column
        for column in trace_entries(applied, entries)
    }
    consumers = find_consumers(applied, models, {column.reference for column in found.values()})
    return Lineage(tuple(references), tuple(found.values()), declassified or {}, consumers)


def trace_entries(applied: Applied, entries: Sequence[ServiceEntry]) -> Iterator[ColumnLineage]:
    """The lineage of each column of each entry of a service."""
    for entry in entries:
        for requested in applied.resolve_entry(entry):
            yield trace_column(requested, entry.version)


def named_entries(applied: Applied, name: str) -> tuple[ServiceEntry, ...]:
    """What a service's name, a reference such as `view:column`, or a view's name alone stands for.

    Raises:
        RequestError: it is unknown.
    """
    views, services = applied.repository.feature_views, applied.repository.feature_services
    if ":" in name or name in services or not views:
        return applied.entries(name)
    if name.partition("@")[0] in views:
        return applied.entries(f"{name}:*")
    known = "feature services and views"
    raise RequestError(f"there is no feature service or view {name!r}; {suggest(name, [*services, *views], known)}")


def _column_document(column: ColumnLineage, declassified: Declassified) -> dict[str, Any]:
    requested, feature = column.requested, column.requested.column.feature
    timed = requested.source.timestamp is not None
    return {
        "name": requested.name,
        "reference": column.reference,
        "type": str(requested.column.type),
        "entity": requested.entity.name,
        "join_keys": dict(zip(requested.entity.keys, requested.key_columns, strict=True)),
        "agg": feature.agg,
        "of": column.of,
        "where": column.where,
        "window": _text(requested.column.window),
        "hop": requested.table.hop_name,
        "delay": str(requested.view.delay) if timed else None,
        "ttl": _text(feature.ttl),
        "inputs": [_input_document(item) for item in column.inputs],
        "pii": _pii_document(pii_of(column, declassified)),
        "pii_of_keys": _pii_document(pii_of_keys(requested)),
        "slots": [_slot_document(traced) for traced in column.slots],
    }


def _pii_document(pii: Pii) -> dict[str, Any] | None:
    if not pii.tags:
        return None
    return {
        "level": pii.level,
        "tags": list(pii.tags),
        "columns": list(pii.columns),
        "declassified": pii.declassified,
    }


def _input_document(item: Input) -> dict[str, Any]:
    return {"source": item.source, "column": item.column, "type": str(item.type), "uses": list(item.uses)}


def _slot_document(traced: SlotLineage) -> dict[str, Any]:
    return {
        "tile_table": traced.table.label,
        "tile_table_id": traced.table.name,
        "slot": traced.slot.name,
        "monoid": traced.slot.monoid,
        "of": traced.slot.of,
        "where": traced.slot.where,
        "columns": [item.column for item in traced.inputs],
    }


def _column_branch(column: ColumnLineage, declassified: Declassified) -> Branch:
    computed = _computed(column.requested.column.feature.agg, column.of, column.where)
    inputs = (Branch(f"{item.source}.{item.column}: {', '.join(item.uses)}") for item in column.inputs)
    told = (("pii", pii_of(column, declassified)), ("pii of its keys", pii_of_keys(column.requested)))
    personal = (Branch(f"{what}: {pii}") for what, pii in told if pii.tags)
    tables = {traced.table: traced.table.label for traced in column.slots}
    held = (
        Branch(f"tiles {label}", tuple(_slot_branch(traced) for traced in column.slots if traced.table == table))
        for table, label in tables.items()
    )
    return Branch(f"{column.requested.name}: {computed}", (Branch(_circumstances(column)), *personal, *inputs, *held))


def _slot_branch(traced: SlotLineage) -> Branch:
    slot = traced.slot
    return Branch(f"{slot.name}: {_computed(slot.monoid, slot.of, slot.where)}")


def _computed(agg: str, of: str | None, where: str | None) -> str:
    return f"{agg} of {of or 'rows'}{f' where {where}' if where is not None else ''}"


def _circumstances(column: ColumnLineage) -> str:
    """Of which view and by which keys, over which span and on which grid."""
    requested, ttl = column.requested, column.requested.column.feature.ttl
    window = requested.column.window
    parts = [f"window {window}" if window is not None else "all history"]
    if requested.source.timestamp is not None:
        parts += [f"hop {requested.table.hop_name}", f"delay {requested.view.delay}"]
    if ttl is not None:
        parts.append(f"ttl {ttl}")
    keys = ", ".join(requested.key_columns)
    return f"{column.reference} of {requested.entity.name} by {keys}; {', '.join(parts)}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
