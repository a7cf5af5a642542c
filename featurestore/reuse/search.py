"""Search: features that are there, by words, by what they compute, by what they read, or by likeness to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from definitions.columns import column_types
from definitions.errors import RequestError
from definitions.expression_error import ExpressionError
from definitions.expressions import parse_expression
from definitions.relation import resolve_source
from definitions.suggest import suggest
from featurestore.reuse.feature_index import refresh_index

if TYPE_CHECKING:
    from featurestore.context import Context
    from featurestore.registry.feature_columns import IndexedColumn
    from featurestore.resolve import Applied

MOST_HITS: Final = 50

_CALL: Final = re.compile(r"\s*([a-z_]+)\s*\((.*)\)\s*", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHER_NAMES: Final = {"avg": "mean", "average": "mean", "std": "stddev", "var": "variance", "median": "quantile"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A feature column that was found, and why in a word; `services` use it."""

    reference: str
    formula: str
    window: int | None
    description: str
    team: str | None
    owner: str | None
    state: str
    services: tuple[str, ...]


def search_features(
    context: Context, words: str, formula: str | None, column: str | None, like: str | None
) -> tuple[Hit, ...]:
    """The features that fit everything that is asked, at most `MOST_HITS`: those that match better first, then those
    that more services use, then by name. Hidden views are left out.

    Raises:
        RequestError: nothing is asked for, the formula cannot be read, or a column is unknown.
    """
    asked = words.lower().split()
    if not (asked or formula or column or like):
        raise RequestError("say what to look for: words, a formula, a column of a source, or a feature to be like")
    applied = context.applied()
    refresh_index(context, applied)
    index = context.registry.feature_columns
    found: Iterable[IndexedColumn] = index.containing([word.replace("_", " ") for word in asked])
    if formula is not None:
        fitting = {each.reference for each in index.with_formulas(_formulas(applied, formula))}
        found = [each for each in found if each.reference in fitting]
    if column is not None:
        _check_column(applied, column)
        found = [each for each in found if column in each.reads]
    distance = _distances(index.find(*_split(like)), like) if like is not None else _no_distance
    services = _services(applied)
    seen = [
        each
        for each in found
        if each.visibility == "members" and each.state != "retired" and distance(each) is not None
    ]
    ranked = sorted(
        seen,
        key=lambda each: (
            distance(each), -_fit(each, asked), each.state != "active", -len(services.get(each.view, ())),
            each.reference,
        ),
    )  # fmt: skip
    if not ranked:
        parts = [words, f"formula {formula}" if formula else "", f"column {column}" if column else ""]
        context.registry.unmet_searches.count(" ".join(filter(None, parts)) or f"like {like}", context.clock.now())
    return tuple(_hit(each, services.get(each.view, ())) for each in ranked[:MOST_HITS])


def _fit(column: IndexedColumn, words: list[str]) -> int:
    """How many of the words are in the column's own name; a name says more than a description."""
    named = column.name.replace("_", " ")
    return sum(word.replace("_", " ") in named for word in words)


def _formulas(applied: Applied, formula: str) -> Iterator[str]:
    """What the formula is called in the index, over each source that has its columns."""
    call = _CALL.fullmatch(formula.lower() if "'" not in formula else formula)
    if call is None:
        raise RequestError(f"{formula!r} is no formula; write an aggregation of an expression, such as avg(arr_delay)")
    agg, of = _OTHER_NAMES.get(call[1], call[1]), call[2].strip()
    if of in ("", "*"):
        yield f"{agg}()"
        return
    names = set(_NAME.findall(of))
    tried = False
    for name in applied.repository.sources:
        types = column_types(resolve_source(name, applied.repository.sources))
        if not names & types.keys():
            continue
        tried = True
        try:
            yield f"{agg}({parse_expression(of, types).canonical})"
        except ExpressionError:
            # Another source may have all the columns that it names.
            continue
    if not tried:
        raise RequestError(f"no source has the columns of {formula!r}")


def _check_column(applied: Applied, column: str) -> None:
    source, _, name = column.partition(".")
    sources = applied.repository.sources
    if source not in sources or name not in column_types(resolve_source(source, sources)):
        known = [f"{each}.{key}" for each in sources for key in column_types(resolve_source(each, sources))]
        raise RequestError(f"no source has the column {column!r}; {suggest(column, known, 'columns')}")


def _split(reference: str) -> tuple[str, str]:
    view, colon, name = reference.partition(":")
    if not colon:
        raise RequestError(f"{reference!r} is no feature; write view:column")
    return view, name


def _distances(one: IndexedColumn | None, reference: str) -> Callable[[IndexedColumn], float | None]:
    """How far another feature's formula is from that of one; None for those that read nothing that it reads."""
    if one is None:
        raise RequestError(f"there is no feature {reference!r}; `featurestore search WORDS` finds its name")
    matcher, reads = SequenceMatcher(b=one.formula), set(one.reads)

    def distance(other: IndexedColumn) -> float | None:
        if other.reference == one.reference or not reads & set(other.reads):
            return None
        matcher.set_seq1(other.formula)
        return 1 - matcher.ratio()

    return distance


def _no_distance(column: IndexedColumn) -> float | None:
    return 0.0


def _services(applied: Applied) -> dict[str, tuple[str, ...]]:
    """The services that ask a view for something."""
    using: dict[str, tuple[str, ...]] = {}
    for service in applied.repository.feature_services.values():
        for view in dict.fromkeys(entry.view for entry in service.features):
            using[view] = (*using.get(view, ()), service.name)
    return using


def _hit(column: IndexedColumn, services: tuple[str, ...]) -> Hit:
    return Hit(
        column.reference, column.formula, column.window, column.description, column.team, column.owner, column.state,
        services,
    )  # fmt: skip
