"""Search: features that are there, by words, by what they compute, by what they read, or by likeness to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from definitions.columns import column_types
from definitions.errors import RequestError
from definitions.expression_error import ExpressionError
from definitions.expressions import parse_expression
from definitions.model import Source
from definitions.relation import resolve_source
from definitions.suggest import suggest
from featurestore.reuse.feature_index import is_offered, refresh_index

if TYPE_CHECKING:
    from featurestore.context import Context
    from featurestore.registry.feature_columns import IndexedColumn

MOST_HITS: Final = 50

_CALL: Final = re.compile(r"\s*([a-z_]+)\s*\((.*)\)\s*", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHER_NAMES: Final = {"avg": "mean", "average": "mean", "std": "stddev", "var": "variance", "median": "quantile"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A feature column that was found: its formula over a `window` (microseconds, None for all history), whose it is,
    the lifecycle of its view, and the `services` that use it."""

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
    refresh_index(context)
    sought = [word.replace("_", " ") for word in asked]
    one = _find_feature(context, like) if like is not None else None
    distance = _no_distance if one is None else _distances(one)
    seen = [
        each
        for each in _candidates(context, sought, formula, column, one)
        if is_offered(context, each) and each.state != "retired" and distance(each) is not None
    ]
    ranked = sorted(
        seen,
        key=lambda each: (
            distance(each), -_fit(each, sought), each.state != "active", -len(each.services), each.reference,
        ),
    )  # fmt: skip
    if not ranked:
        parts = [words, f"formula {formula}" if formula else "", f"column {column}" if column else ""]
        context.registry.unmet_searches.count(" ".join(filter(None, parts)) or f"like {like}", context.clock.now())
    return tuple(_hit(each) for each in ranked[:MOST_HITS])


def get_feature(context: Context, reference: str) -> Hit:
    """One feature, `view:column`.

    Raises:
        RequestError: there is none of that name, or its view is hidden.
    """
    refresh_index(context)
    return _hit(_find_feature(context, reference))


def _find_feature(context: Context, reference: str) -> IndexedColumn:
    index = context.registry.feature_columns
    view, colon, name = reference.partition(":")
    if not colon:
        raise RequestError(f"{reference!r} is no feature; write view:column")
    found = index.find(view, name)
    if found is not None and is_offered(context, found):
        return found
    beside = [each.reference for each in index.of_view(view) if is_offered(context, each)]
    hint = suggest(reference, beside, "features of the view") if beside else "`featurestore search WORDS` finds names"
    raise RequestError(f"there is no feature {reference!r}; {hint}")


def _candidates(
    context: Context, words: Sequence[str], formula: str | None, column: str | None, one: IndexedColumn | None
) -> list[IndexedColumn]:
    """What fits all that is asked, looked up by what leaves least of it."""
    index = context.registry.feature_columns
    if formula is not None:
        found: Iterable[IndexedColumn] = index.with_formulas(_formulas(_sources(context), formula))
    elif column is not None:
        found = index.reading([column])
        if not found:
            _check_column(_sources(context), column)
    elif one is not None:
        found = index.reading(one.reads)
    else:
        found = index.containing(words)
    return [
        each for each in found if (column is None or column in each.reads) and all(word in each.words for word in words)
    ]


def _sources(context: Context) -> dict[str, Source]:
    """The sources that may be told of."""
    found = context.registry.definitions.sources()
    return {name: each for name, each in found.items() if context.sees is None or context.sees("source", name)}


def _fit(column: IndexedColumn, words: Sequence[str]) -> int:
    """How many of the words are in the column's own name; a name says more than a description."""
    named = column.name.replace("_", " ")
    return sum(word in named for word in words)


def _formulas(sources: Mapping[str, Source], formula: str) -> Iterator[str]:
    """What the formula is called in the index, over each source that has its columns."""
    call = _CALL.fullmatch(formula.lower() if "'" not in formula else formula)
    if call is None:
        raise RequestError(f"{formula!r} is no formula; write an aggregation of an expression, such as avg(arr_delay)")
    agg, of = _OTHER_NAMES.get(call[1], call[1]), call[2].strip()
    rest = " (quantile 0.5)" if call[1] == "median" else ""
    if of in ("", "*"):
        yield f"{agg}()"
        return
    names = set(_NAME.findall(of))
    tried = False
    for name in sources:
        types = column_types(resolve_source(name, sources))
        if not names & types.keys():
            continue
        tried = True
        try:
            yield f"{agg}({parse_expression(of, types).canonical}){rest}"
        except ExpressionError:
            # Another source may have all the columns that it names.
            continue
    if not tried:
        raise RequestError(f"no source has the columns of {formula!r}")


def _check_column(sources: Mapping[str, Source], column: str) -> None:
    source, _, name = column.partition(".")
    if source not in sources or name not in column_types(resolve_source(source, sources)):
        known = [f"{each}.{key}" for each in sources for key in column_types(resolve_source(each, sources))]
        raise RequestError(f"no source has the column {column!r}; {suggest(column, known, 'columns')}")


def _distances(one: IndexedColumn) -> Callable[[IndexedColumn], float | None]:
    """How far another feature's formula is from that of one; None for those that read nothing that it reads."""
    matcher, reads = SequenceMatcher(b=one.formula), set(one.reads)
    known: dict[str, float] = {}

    def distance(other: IndexedColumn) -> float | None:
        if other.reference == one.reference or not reads & set(other.reads):
            return None
        if other.formula not in known:
            matcher.set_seq1(other.formula)
            known[other.formula] = 1 - matcher.ratio()
        return known[other.formula]

    return distance


def _no_distance(column: IndexedColumn) -> float | None:
    return 0.0


def _hit(column: IndexedColumn) -> Hit:
    return Hit(
        column.reference, column.formula, column.window, column.description, column.team, column.owner, column.state,
        column.services,
    )  # fmt: skip
