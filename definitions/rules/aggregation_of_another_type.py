"""Features that aggregate what cannot be aggregated so."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import column_types
from definitions.expression_error import ExpressionError
from definitions.expressions import parse_expression
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_source


def aggregation_of_another_type(loaded: LoadedRepository) -> Iterator[Finding]:
    """`sum` and `mean` are of numbers or booleans (a boolean counts as 0 or 1)."""
    for view, source in views_with_source(loaded):
        types = column_types(source)
        for position, feature in enumerate(view.features):
            if feature.agg not in ("sum", "mean") or feature.of is None:
                continue
            try:
                found = parse_expression(feature.of, types).type
            except ExpressionError:
                continue
            if not (found.is_numeric or found.name == "boolean"):
                message = f"{feature.agg!r} needs numbers or booleans, {feature.of!r} is {found}"
                hint = "use count, min, max or last, or an expression that yields a number"
                yield Finding("feature_view", view.name, ("features", position, "of"), message, hint)
