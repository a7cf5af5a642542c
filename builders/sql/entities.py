"""SQL that lists entities: those with a tile in some ranges, and those whose stored tiles changed."""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from builders.answers import ChangedSegments, ListEntities, TilesWithin
from builders.sql.ast import alias, all_of, between, column, select, union_all
from builders.sql.dialect import Dialect
from builders.sql.tiles import HOP_START
from builders.sql.words import digest_of_key

_DIGEST: Final = "__digest"


def render_list_entities(dialect: Dialect, node: ListEntities) -> exp.Select:
    """Each entity once."""
    parts = [_within(item, node.keys) for item in node.within]
    parts += [part for item in node.changed for part in _changed(dialect, item, node.keys)]
    listed = (
        select(*(column(key) for key in node.keys))
        .distinct(copy=False)
        .from_(union_all(parts).subquery("listed", copy=False), copy=False)
    )
    if node.most is None:
        return listed
    keys = [column(key) for key in node.keys]
    # In a step of its own, as Spark sorts by no function of ours.
    digested = select(*keys, alias(digest_of_key(node.keys), _DIGEST)).from_(
        listed.subquery("entities", copy=False), copy=False
    )
    some = select(*(key.copy() for key in keys)).from_(digested.subquery("digested", copy=False), copy=False)
    return some.order_by(column(_DIGEST), copy=False).limit(node.most, copy=False)


def _within(item: TilesWithin, keys: tuple[str, ...]) -> exp.Select:
    ranges = [exp.Paren(this=all_of(between(column(HOP_START), *limits))) for limits in item.ranges]
    return select(*(column(key) for key in keys)).from_(item.tiles.name, copy=False).where(exp.or_(*ranges), copy=False)


def _changed(dialect: Dialect, item: ChangedSegments, keys: tuple[str, ...]) -> list[exp.Select]:
    """Tiles that only one side has, in both directions."""
    held = [part for slot in item.after.slots for part in slot.columns]
    compared = [
        *(column(name) for name in (*keys, HOP_START)),
        *(dialect.comparable(column(part.name), part.type) for part in held),
    ]
    before = select(*(value.copy() for value in compared)).from_(item.before.name, copy=False)
    after = select(*compared).from_(item.after.name, copy=False)
    return [
        select(*(column(key) for key in keys)).from_(
            exp.Except(this=one.copy(), expression=other.copy(), distinct=True).subquery("changed", copy=False),
            copy=False,
        )
        for one, other in ((before, after), (after, before))
    ]
