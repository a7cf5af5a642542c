"""Find what is there already of the columns that a repository adds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from builders.reuse.derivation import Derivation, derive
from definitions.diff import unchanged_views
from definitions.model import Repository
from featurestore.reuse.differences import differences
from featurestore.reuse.drafts import same_data_of
from featurestore.reuse.feature_index import index_view, refresh_index
from featurestore.reuse.offered_columns import OfferedColumns, fingerprints
from featurestore.reuse.reuse import Reuse

if TYPE_CHECKING:
    from featurestore.context import Context
    from featurestore.registry.feature_columns import IndexedColumn
    from featurestore.resolve import Applied

_MOST_NAMED: Final = 3
"""How many of the columns that share tiles are named."""


def find_reuse(
    context: Context, applied: Applied, repository: Repository, added: Sequence[IndexedColumn]
) -> tuple[Reuse, ...]:
    """What the store has instead of each of the columns `added`, by view; nothing is said of one that nothing is
    like."""
    if not added:
        return ()
    refresh_index(context)
    offered = OfferedColumns(context, applied.repository, repository, added)
    alike = same_data_of(context, repository)
    return tuple(found for column in added if (found := _find(offered, column, alike)) is not None)


def added_columns(before: Repository, after: Repository) -> tuple[IndexedColumn, ...]:
    """The columns that are added or computed otherwise; all of a view that was a draft and is none any more. Of a first
    application nothing is added to anything."""
    return tuple(_added_columns(before, after)) if before.feature_views else ()


def _added_columns(before: Repository, after: Repository) -> Iterator[IndexedColumn]:
    unchanged = unchanged_views(before, after)
    for name, view in after.feature_views.items():
        if name in unchanged:
            continue
        former = before.feature_views.get(name)
        was_draft = former is not None and former.lifecycle.state == "draft" != view.lifecycle.state
        then, now = {} if was_draft else fingerprints(before, name), fingerprints(after, name)
        if any(then.get(column) != mine for column, mine in now.items()):
            yield from (each for each in index_view(after, view) if then.get(each.name) != now[each.name])


def _find(offered: OfferedColumns, column: IndexedColumn, alike: Mapping[str, str]) -> Reuse | None:
    held = offered.holding(column.tile_table)
    new_slots = len(set(column.slots) - held.keys())
    derivation = derive(offered.form(column), offered.known_on((column.timeline, column.window)))
    if derivation is not None:
        return _rebuild(offered, column, derivation, new_slots)
    if column.reference in alike and (other := offered.get(alike[column.reference])) is not None:
        return Reuse(column.reference, "same data", (offered.there(other, column),), new_slots=new_slots)
    if not new_slots:
        shared = dict.fromkeys(reference for slot in column.slots for reference in held[slot])
        named = [offered.by_reference[reference] for reference in list(shared)[:_MOST_NAMED]]
        return Reuse(column.reference, "shares tiles", tuple(offered.there(each, column) for each in named))
    return _similar(offered, column, new_slots)


def _rebuild(offered: OfferedColumns, column: IndexedColumn, derivation: Derivation, new_slots: int) -> Reuse:
    there = tuple(offered.there(offered.by_reference[name], column) for name in derivation.columns)
    had = offered.by_reference[derivation.columns[0]]
    saved = _saved(offered, (column, had), new_slots)
    return Reuse(
        column=column.reference,
        verdict="exists" if derivation.exists else "derivable",
        there=there,
        expression=None if derivation.exists else derivation.expression,
        rules=derivation.rules,
        new_slots=new_slots,
        saved_bytes=saved[0],
        saved_seconds=saved[1],
    )


def _similar(offered: OfferedColumns, column: IndexedColumn, new_slots: int) -> Reuse | None:
    """One that computes the same over another window, at other moments or of another entity, in this order."""
    found = [each for each in offered.of_formula(column.formula) if set(each.reads) & set(column.reads)]
    if not found:
        return None
    near = min(found, key=lambda each: (each.timeline != column.timeline, each.entity != column.entity,
                                        each.window != column.window, each.reference))  # fmt: skip
    views = offered.after.feature_views
    said = differences(views[near.view], near, views[column.view], column)
    there = (offered.there(near, column),)
    return Reuse(column.reference, "similar", there, differences=said, new_slots=new_slots)


def _saved(offered: OfferedColumns, alike: Iterable[IndexedColumn], slots: int) -> tuple[int | None, float | None]:
    """About how many bytes so many more slots would take in the first of these columns' tile tables that holds
    anything, and how many seconds the last run took that built it; None where there is none."""
    for column in alike:
        segments = [each for each in offered.context.registry.segments.current(column.tile_table) if each.slots]
        if segments and slots:
            size = round(slots * sum(each.bytes / len(each.slots) for each in segments))
            return size, offered.seconds_of_last_build(column)
    return None, None
