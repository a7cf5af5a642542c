"""What only some aggregations take, said to another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding

_TAKEN_BY: Final = {
    "n": ("last_n", "most_frequent"),
    "quantile": ("quantile",),
    "by": ("count",),
    "top": ("count",),
}


def parameter_of_another_aggregation(loaded: LoadedRepository) -> Iterator[Finding]:
    """`n` is for `last_n` and `most_frequent`, `quantile` for `quantile`, `by` with `top` for a `count` of rows."""
    for view in loaded.repository.feature_views.values():
        for position, feature in enumerate(view.features):
            for key, takers in _TAKEN_BY.items():
                if getattr(feature, key) is not None and feature.agg not in takers:
                    message = f"{key!r} is for {' and '.join(takers)}, not for {feature.agg}"
                    yield Finding("feature_view", view.name, ("features", position, key), message, "remove it")
            if feature.by is None and feature.top is not None and feature.agg == "count":
                message, hint = "'top' is of categories, and there is no 'by'", "add by: with a column, or remove it"
                yield Finding("feature_view", view.name, ("features", position, "top"), message, hint)
            if feature.by is not None and feature.of is not None:
                message, hint = "a count 'by' is of rows and has no 'of'", "say which rows with where: .. is not null"
                yield Finding("feature_view", view.name, ("features", position, "of"), message, hint)
