"""Features that aggregate what cannot be aggregated so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from definitions.columns import column_types
from definitions.expression_error import ExpressionError
from definitions.expressions import parse_expression
from definitions.loaded import LoadedRepository
from definitions.model import Feature
from definitions.rules.rule import Finding, views_with_source
from definitions.types import DataType

_OF_NUMBERS: Final = ("sum", "mean", "variance", "stddev", "quantile")
_OF_CATEGORIES: Final = ("count_distinct", "most_frequent")


def aggregation_of_another_type(loaded: LoadedRepository) -> Iterator[Finding]:
    """`sum`, `mean`, `variance`, `stddev` and `quantile` are of numbers or booleans (a boolean counts as 0 or 1);
    `count_distinct`, `most_frequent` and `by` tell values apart, so they are not of doubles or decimals."""
    for view, source in views_with_source(loaded):
        types = column_types(source)
        for position, feature in enumerate(view.features):
            for key, text in (("of", feature.of), ("by", feature.by)):
                if text is None:
                    continue
                try:
                    found = parse_expression(text, types).type
                except ExpressionError:
                    continue
                for message, hint in _misfits(feature, key, text, found):
                    yield Finding("feature_view", view.name, ("features", position, key), message, hint)


def _misfits(feature: Feature, key: str, text: str, found: DataType) -> Iterator[tuple[str, str]]:
    if key == "of" and feature.agg in _OF_NUMBERS and not (found.is_numeric or found.name == "boolean"):
        yield (
            f"{feature.agg!r} needs numbers or booleans, {text!r} is {found}",
            "use count, min, max or last, or an expression that yields a number",
        )
    named = repr(feature.agg) if key == "of" else "'by'"
    if (key == "by" or feature.agg in _OF_CATEGORIES) and (found.is_floating or found.is_decimal):
        yield f"{named} needs values that are equal or not, {text!r} is {found}", "round it: cast(floor(..) as bigint)"
