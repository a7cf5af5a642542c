"""Search: features that are there, by words, by what they compute, by what they read, or by likeness to another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    refresh_index(context)
    index = context.registry.feature_columns
    found: Iterable[IndexedColumn] = index.containing([word.replace("_", " ") for word in asked])
    if formula is not None:
        fitting = {
            each.reference for each in index.with_formulas(_formulas(context.registry.definitions.sources(), formula))
        }
        found = [each for each in found if each.reference in fitting]
    if column is not None:
        found = [each for each in found if column in each.reads]
        if not found:
            _check_column(context.registry.definitions.sources(), column)
    distance = _distances(index.find(*_split(like)), like) if like is not None else _no_distance
    seen = [
        each for each in found if is_offered(context, each) and each.state != "retired" and distance(each) is not None
    ]
    ranked = sorted(
        seen,
        key=lambda each: (
            distance(each), -_fit(each, asked), each.state != "active", -len(each.services),
            each.reference,
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
    view, name = _split(reference)
    index = context.registry.feature_columns
    found = index.find(view, name)
    if found is None or not is_offered(context, found):
        beside = [each.reference for each in index.of_view(view) if is_offered(context, each)]
        hint = (
            suggest(reference, beside, "features of the view") if beside else "`featurestore search WORDS` finds names"
        )
        raise RequestError(f"there is no feature {reference!r}; {hint}")
    return _hit(found)


def _fit(column: IndexedColumn, words: list[str]) -> int:
    """How many of the words are in the column's own name; a name says more than a description."""
    named = column.name.replace("_", " ")
    return sum(word.replace("_", " ") in named for word in words)


def _formulas(sources: Mapping[str, Source], formula: str) -> Iterator[str]:
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
    for name in sources:
        types = column_types(resolve_source(name, sources))
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


def _check_column(sources: Mapping[str, Source], column: str) -> None:
    source, _, name = column.partition(".")
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
