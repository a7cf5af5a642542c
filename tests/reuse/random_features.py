"""Random features and random rewrites of them: what a colleague builds again without knowing, and what only looks so.

A condition is a small tree that is spelt in many ways. Whether a rewrite keeps the value is not said here: both sides
are computed, and what they yield decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

NUMBERS: Final = {
    "amount": ("-2.5", "0", "5", "10", "15", "15.5", "20", "1000"),
    "quantity": ("-1", "0", "2", "5", "6", "10"),
    "units": ("0", "3", "7", "100"),
    "price": ("0", "9.99", "10", "20.5"),
}
"""The columns that conditions compare, each with the literals they compare it with."""

CHANNELS: Final = ("web", "shop", "phone")
AGGREGATIONS: Final = (
    "count", "count", "sum", "mean", "mean", "min", "max", "variance", "stddev", "last", "first", "last_n",
    "most_frequent", "count_distinct", "quantile",
)  # fmt: skip
_FLIPPED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}
_OPPOSITE: Final = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "=": "<>", "<>": "="}


@dataclass(frozen=True)
class Condition:
    """`compare` (column, operator, literal), `among` (channels), `missing` (column), `flag`, or `and`, `or`, `not`."""

    what: str
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Aggregate:
    """A feature as a tree: `of` is a text, or a condition whose truth is aggregated."""

    agg: str
    of: str | Condition | None = None
    where: Condition | None = None
    n: int | None = None


@dataclass(frozen=True)
class RandomPair:
    """What is there, what is wanted, and how the one was made of the other."""

    have: tuple[dict[str, Any], ...]
    want: dict[str, Any]
    made_by: str


def any_condition(random: Random, depth: int = 2) -> Condition:
    kind = random.choice(("compare",) * 4 + ("among", "among", "flag", "missing") + ("and", "or", "not") * (depth > 0))
    match kind:
        case "compare":
            column = random.choice(list(NUMBERS))
            return Condition("compare", (column, random.choice(list(_FLIPPED)), random.choice(NUMBERS[column])))
        case "among":
            return Condition("among", tuple(random.sample(CHANNELS, random.randint(1, 2))))
        case "missing":
            return Condition("missing", (random.choice((*NUMBERS, "channel", "flag")),))
        case "flag":
            return Condition("flag", ())
        case "not":
            return Condition("not", (any_condition(random, depth - 1),))
        case _:
            return Condition(kind, tuple(any_condition(random, depth - 1) for _ in range(2)))


def any_aggregate(random: Random) -> Aggregate:
    agg = random.choice(AGGREGATIONS)
    where = any_condition(random) if random.random() < 0.7 else None
    n = random.randint(1, 4) if agg in ("last_n", "most_frequent") else None
    if agg == "count" and random.random() < 0.6:
        return Aggregate(agg, None, where)
    if agg in ("sum", "mean") and random.random() < 0.4:
        return Aggregate(agg, any_condition(random, 1), where)
    if agg in ("most_frequent", "count_distinct"):
        return Aggregate(agg, random.choice(("channel", "quantity", "units")), where, n)
    return Aggregate(agg, random.choice(("amount", "amount", "quantity", "units", "price")), where, n)


def spell(condition: Condition, random: Random, plain: bool = False) -> str:
    """One of the texts that a condition has; `plain`: the one that somebody would write first."""
    if not plain and random.random() < 0.12:
        return f"not (not ({spell(condition, random)}))"
    match condition.what, condition.parts:
        case "compare", (column, operator, literal):
            return _spell_comparison(column, operator, literal, random, plain)
        case "among", names:
            return _spell_channels(names, random, plain)
        case "missing", (column,):
            return f"{column} is null"
        case "flag", ():
            return "flag" if plain or random.random() < 0.6 else random.choice(("flag = true", "not (flag = false)"))
        case "not", (inner,):
            return f"not ({spell(inner, random, plain)})"
        case word, parts:
            return _spell_connective(word, parts, random, plain)


def _spell_comparison(column: str, operator: str, literal: str, random: Random, plain: bool) -> str:
    if plain:
        return f"{column} {operator} {literal}"
    if column in ("quantity", "units") and operator in (">", "<") and random.random() < 0.5:
        moved = int(literal) + (1 if operator == ">" else -1)
        operator, literal = f"{operator}=", str(moved)
    return random.choice((
        f"{column} {operator} {literal}",
        f"{literal} {_FLIPPED[operator]} {column}",
        f"not ({column} {_OPPOSITE[operator]} {literal})",
        f"({column} {operator} {literal} and {column} {operator} {literal})",
    ))  # fmt: skip


def _spell_channels(names: tuple[str, ...], random: Random, plain: bool) -> str:
    quoted = [f"'{name}'" for name in (names if plain else random.sample(names, len(names)))]
    if plain or random.random() < 0.5:
        return f"channel in ({', '.join(quoted)})"
    return "(" + " or ".join(f"channel = {name}" for name in quoted) + ")"


def _spell_connective(word: str, parts: tuple[Condition, ...], random: Random, plain: bool) -> str:
    spelt = [f"({spell(part, random, plain)})" for part in (parts if plain else random.sample(parts, len(parts)))]
    if plain or random.random() < 0.5:
        return f" {word} ".join(spelt)
    if random.random() < 0.5:
        other = "or" if word == "and" else "and"
        return "not (" + f" {other} ".join(f"not {part}" for part in spelt) + ")"
    # Absorption: a and (a or b) is a.
    outer, inner = ("and", "or") if random.random() < 0.5 else ("or", "and")
    extra = spell(any_condition(random, 0), random, plain=True)
    return f" {word} ".join([f"({spelt[0]} {outer} ({spelt[0]} {inner} {extra}))", *spelt[1:]])


def spell_feature(aggregate: Aggregate, random: Random, plain: bool = False) -> dict[str, Any]:
    """A feature as YAML would have it, in one of its spellings."""
    where = None if aggregate.where is None else spell(aggregate.where, random, plain)
    of = aggregate.of if not isinstance(aggregate.of, Condition) else spell(aggregate.of, random, plain)
    feature: dict[str, Any] = {"agg": aggregate.agg, "of": of, "where": where, "n": aggregate.n}
    if aggregate.agg == "quantile":
        feature["quantile"] = 0.5
    if not plain:
        for rewrite in random.sample(_FEATURE_REWRITES, 2):
            feature = rewrite(feature, aggregate, random)
    return {key: value for key, value in feature.items() if value is not None}


def _name_nulls(feature: dict[str, Any], aggregate: Aggregate, random: Random) -> dict[str, Any]:
    """Nulls of what is aggregated do not count anyway."""
    if feature["of"] is None:
        return feature
    there = f"({feature['of']}) is not null"
    return {**feature, "where": there if feature["where"] is None else f"({feature['where']}) and {there}"}


def _filter_inside(feature: dict[str, Any], aggregate: Aggregate, random: Random) -> dict[str, Any]:
    if feature["of"] is None or feature["where"] is None:
        return feature
    return {**feature, "of": f"case when {feature['where']} then {feature['of']} end", "where": None}


def _rows_for_values(feature: dict[str, Any], aggregate: Aggregate, random: Random) -> dict[str, Any]:
    if feature["agg"] != "count" or feature["of"] is None:
        return feature
    return {**_name_nulls(feature, aggregate, random), "of": None}


def _truth_as_number(feature: dict[str, Any], aggregate: Aggregate, random: Random) -> dict[str, Any]:
    if not isinstance(aggregate.of, Condition) or feature["of"] is None or feature["of"].startswith("case"):
        return feature
    truth = feature["of"]
    as_case = f"case when {truth} then 1 when not ({truth}) then 0 end"
    return {**feature, "of": random.choice((f"cast(({truth}) as int)", as_case))}


def _unknown_as_false(feature: dict[str, Any], aggregate: Aggregate, random: Random) -> dict[str, Any]:
    return feature if feature["where"] is None else {**feature, "where": f"coalesce({feature['where']}, false)"}


_FEATURE_REWRITES: Final = (_name_nulls, _filter_inside, _rows_for_values, _truth_as_number, _unknown_as_false)


def rebuilt(random: Random) -> RandomPair:
    """The same in another spelling, beside others."""
    aggregate = any_aggregate(random)
    return _pair([aggregate], spell_feature(aggregate, random), "another spelling", random)


def derived(random: Random) -> RandomPair:
    """What others make up, in any spelling."""
    while True:
        making = random.choice(_MAKINGS)
        made = making(random)
        if made is not None:
            have, want = made
            return _pair(have, spell_feature(want, random, plain=random.random() < 0.4), making.__name__, random)


def mistaken(random: Random) -> RandomPair:
    """What looks like one that is there: something of it is another."""
    aggregate = any_aggregate(random)
    changed = random.choice(_MISTAKES)(aggregate, random)
    return _pair([aggregate], spell_feature(changed, random), "a mistake", random)


def _pair(have: list[Aggregate], want: dict[str, Any], made_by: str, random: Random) -> RandomPair:
    others = [any_aggregate(random) for _ in range(random.randint(0, 3))]
    there = random.sample([*have, *others], len(have) + len(others))
    return RandomPair(tuple(spell_feature(each, random, plain=random.random() < 0.7) for each in there), want, made_by)


def _both(*conditions: Condition | None) -> Condition | None:
    given = tuple(condition for condition in conditions if condition is not None)
    return given[0] if len(given) == 1 else Condition("and", given) if given else None


def _known(random: Random) -> Condition:
    """A condition that is never unknown."""
    return Condition("missing", (random.choice((*NUMBERS, "channel", "flag")),))


Made = tuple[list[Aggregate], Aggregate] | None


def mean_of_sum(random: Random) -> Made:
    of = random.choice(("amount", "units", "quantity", "price"))
    where = any_condition(random) if random.random() < 0.6 else None
    return [Aggregate("sum", of, where), Aggregate("count", of, where)], Aggregate("mean", of, where)


def share_of_counts(random: Random) -> Made:
    where, truth = any_condition(random) if random.random() < 0.6 else None, any_condition(random, 1)
    want = Aggregate("mean", truth, where)
    return [Aggregate("count", None, _both(where, truth)), Aggregate("count", truth, where)], want


def spread_of_spread(random: Random) -> Made:
    of, where = random.choice(("amount", "units", "quantity")), any_condition(random)
    pair = random.sample(("variance", "stddev"), 2)
    return [Aggregate(pair[0], of, where)], Aggregate(pair[1], of, where)


def variance_of_moments(random: Random) -> Made:
    where = any_condition(random) if random.random() < 0.6 else None
    have = [Aggregate("sum", "quantity * quantity", where), Aggregate("sum", "quantity", where)]
    return [*have, Aggregate("count", "quantity", where)], Aggregate("variance", "quantity", where)


def whole_of_parts(random: Random) -> Made:
    agg = random.choice(("count", "sum", "min", "max"))
    of = None if agg == "count" else random.choice(("amount", "units", "quantity", "price"))
    where, split = any_condition(random, 1), _known(random)
    parts = [_both(where, split), _both(where, Condition("not", (split,)))]
    return [Aggregate(agg, of, part) for part in parts], Aggregate(agg, of, where)


def channels_of_each(random: Random) -> Made:
    agg = random.choice(("count", "sum", "max", "min"))
    of = None if agg == "count" else random.choice(("amount", "units", "price"))
    names = random.sample(CHANNELS, random.randint(2, 3))
    where = any_condition(random, 0) if random.random() < 0.4 else None
    have = [Aggregate(agg, of, _both(Condition("among", (name,)), where)) for name in names]
    return have, Aggregate(agg, of, _both(Condition("among", tuple(names)), where))


def range_of_ranges(random: Random) -> Made:
    column = random.choice(list(NUMBERS))
    low, middle, high = sorted(random.sample(NUMBERS[column], 3), key=float)
    closed = random.random() < 0.5
    agg, of = random.choice((("count", None), ("sum", "units"), ("mean", "units")))
    from_low, to_high = Condition("compare", (column, ">=", low)), Condition("compare", (column, "<", high))
    parts = [
        Condition("and", (from_low, Condition("compare", (column, "<" if closed else "<=", middle)))),
        Condition("and", (Condition("compare", (column, ">=" if closed else ">", middle)), to_high)),
    ]
    needed = ("sum", "count") if agg == "mean" else (agg,)
    have = [Aggregate(each, of, part) for part in parts for each in needed]
    return have, Aggregate(agg, of, Condition("and", (from_low, to_high)))


def rest_of_whole(random: Random) -> Made:
    where, split = any_condition(random, 1) if random.random() < 0.6 else None, _known(random)
    others = _both(where, Condition("not", (split,)))
    if random.random() < 0.5:
        have = [Aggregate("count", None, where), Aggregate("count", None, _both(where, split))]
        return have, Aggregate("count", None, others)
    of = random.choice(("units", "quantity", "price"))
    have = [Aggregate(agg, of, rows) for agg in ("sum", "count") for rows in (where, _both(where, split))]
    return have, Aggregate("sum", of, others)


def opposite_share(random: Random) -> Made:
    truth, where = any_condition(random, 1), any_condition(random) if random.random() < 0.5 else None
    return [Aggregate("mean", truth, where)], Aggregate("mean", Condition("not", (truth,)), where)


def other_unit(random: Random) -> Made:
    agg = random.choice(("mean", "sum", "stddev", "min", "max", "last", "first"))
    of = random.choice(("amount", "quantity"))
    where = any_condition(random) if random.random() < 0.5 else None
    text = random.choice((f"{of} / 60", f"{of} * 2.5", f"{of} * 100"))
    other = {"min": "max", "max": "min"}
    if agg in other and random.random() < 0.5:
        return [Aggregate(agg, of, where)], Aggregate(other[agg], f"-{of}", where)
    return [Aggregate(agg, of, where)], Aggregate(agg, text, where)


def shorter_list(random: Random) -> Made:
    agg, where = random.choice(("last_n", "most_frequent")), any_condition(random)
    return [Aggregate(agg, "channel", where, 4)], Aggregate(agg, "channel", where, random.randint(1, 3))


_MAKINGS: Final[tuple[Callable[[Random], Made], ...]] = (
    mean_of_sum, share_of_counts, spread_of_spread, variance_of_moments, whole_of_parts, channels_of_each,
    range_of_ranges, rest_of_whole, opposite_share, other_unit, shorter_list,
)  # fmt: skip


def _other_filter(aggregate: Aggregate, random: Random) -> Aggregate:
    return replace(aggregate, where=_both(aggregate.where, any_condition(random, 0)))


def _other_bound(aggregate: Aggregate, random: Random) -> Aggregate:
    if aggregate.where is None:
        return _other_filter(aggregate, random)
    return replace(aggregate, where=_moved(aggregate.where, random))


def _moved(condition: Condition, random: Random) -> Condition:
    match condition.what, condition.parts:
        case "compare", (column, operator, literal):
            if random.random() < 0.5:
                return Condition("compare", (column, random.choice(list(_FLIPPED)), literal))
            return Condition("compare", (column, operator, random.choice(NUMBERS[column])))
        case "among", names:
            return Condition("among", tuple(random.sample(CHANNELS, random.randint(1, 3)))) if names else condition
        case ("and" | "or" | "not") as word, parts:
            return Condition(word, tuple(_moved(part, random) for part in parts))
        case _:
            return condition


def _other_connective(aggregate: Aggregate, random: Random) -> Aggregate:
    where = aggregate.where
    if where is None or where.what not in ("and", "or"):
        return _other_filter(aggregate, random)
    return replace(aggregate, where=Condition("or" if where.what == "and" else "and", where.parts))


def _unknown_counts(aggregate: Aggregate, random: Random) -> Aggregate:
    """`not (a)` for the rest of `a`, though it may be unknown."""
    return replace(aggregate, where=None if aggregate.where is None else Condition("not", (aggregate.where,)))


def _other_aggregation(aggregate: Aggregate, random: Random) -> Aggregate:
    others = ("sum", "mean", "min", "max", "last", "first")
    if aggregate.agg not in others or isinstance(aggregate.of, Condition):
        return _other_filter(aggregate, random)
    return replace(aggregate, agg=random.choice(others))


_MISTAKES: Final = (_other_filter, _other_bound, _other_bound, _other_connective, _unknown_counts, _other_aggregation)
