"""Features whose `of`, `by` or `where` cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import column_types
from definitions.expression_error import ExpressionError
from definitions.expressions import parse_condition, parse_expression
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, views_with_source


def invalid_expression(loaded: LoadedRepository) -> Iterator[Finding]:
    """`of`, `by` and `where` are Spark SQL expressions over columns of the source and of joined ones (`planes.seats`),
    `where` a boolean one."""
    for view, source in views_with_source(loaded):
        types = column_types(source)
        for position, feature in enumerate(view.features):
            parts = (
                ("of", feature.of, parse_expression),
                ("by", feature.by, parse_expression),
                ("where", feature.where, parse_condition),
            )
            for key, text, parse in parts:
                if text is None:
                    continue
                try:
                    parse(text, types)
                except ExpressionError as error:
                    path = ("features", position, key)
                    yield Finding("feature_view", view.name, path, error.message, error.suggestion, offset=error.offset)
