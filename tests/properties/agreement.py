"""How values are compared: all exactly, and what doubles add up to within the tolerance where they cannot be exact."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from hypothesis import event

from definitions.model import Feature, FeatureView, column_name
from tests.oracle.expressions import EXPRESSIONS, Row
from tests.oracle.scenario import TIMESTAMP, Scenario
from tests.oracle.values import Key, view_magnitudes
from tests.properties.world import oracle_row

TOLERANCE: Final = Fraction(1, 10**9)
"""Of the sum of |x| in the window."""

_FINEST: Final = Fraction(1, 2**10)
_GREATEST: Final = 2**40
_FEW_SMALLEST: Final = Fraction(1, 2**1070)
_ROOT_OF_FEW_SMALLEST: Final = Fraction(1, 2**535)
"""Some of the smallest doubles, and the deviation of which they are the variance."""


def assert_view_row(
    scenario: Scenario,
    view: FeatureView,
    key: Key,
    instant: int,
    actual: Mapping[str, Any],
    late: bool = True,
    columns: Sequence[str] | None = None,
) -> None:
    """`actual` holds, among others, every column of `view` for the key at the instant, as the oracle has it.

    Without `late` the late rows are not there yet; with `columns` only these are compared.
    """
    source, entity = scenario.parts(view)
    expected = oracle_row(scenario, view, key, instant, late)
    magnitudes = view_magnitudes(source, entity, view, scenario.rows_of(view, late), key, instant)
    features = {
        column_name(feature, window): feature for feature in view.features for window in feature.windows or (None,)
    }
    for column in expected if columns is None else columns:
        value = expected[column]
        place = f"{column} of {key!r} at {instant}"
        assert column in actual, f"{place} is missing among {sorted(actual)}"
        found = _plain(actual[column])
        agg = features[column].agg
        if value is None or found is None:
            assert found is value, f"{place} is {found!r}, must be {value!r}"
        elif agg == "quantile":
            _assert_in_bucket(place, found, value)
        elif agg in ("variance", "stddev"):
            _assert_deviation(place, found, value, max(magnitudes[column]), squared=agg == "variance")
        elif agg in ("sum", "mean") and not _is_exact(features[column], magnitudes[column], value):
            _assert_near(place, found, value, magnitudes[column])
        elif agg in ("sum", "mean"):
            assert Fraction(found) == Fraction(value), f"{place} is {found!r}, must be exactly {value!r}"
        else:
            assert type(found) is type(value) and found == value, f"{place} is {found!r}, must be {value!r}"


def assert_frame(
    scenario: Scenario, actual: Sequence[Mapping[str, Any]], spine: Sequence[Row] | None = None, late: bool = True
) -> None:
    """Every row of a frame over all views, for the spine, is what the oracle says."""
    asked = scenario.spine if spine is None else spine
    assert len(actual) == len(asked)
    for row, found in zip(asked, actual, strict=True):
        for view in scenario.views:
            key = tuple(row[name] for name in scenario.parts(view)[1].keys)
            assert_view_row(scenario, view, key, row[TIMESTAMP], found, late)


def bits(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with each double as a text of all its bits, so that 0.0 and -0.0 differ and NaN equals itself."""
    return [{name: _in_bits(_plain(value)) for name, value in row.items()} for row in rows]


def _in_bits(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_bits(item) for item in value]
    return value.hex() if isinstance(value, float) else value


def _plain(value: Any) -> Any:
    """Timestamps as the oracle has them, maps as pairs, whether they came as those or as a dict."""
    match value:
        case Mapping():
            return [(_plain(key), count) for key, count in value.items()]
        case list():
            return [_plain(item) for item in value]
        case tuple():
            return tuple(_plain(item) for item in value)
    return _in_microseconds(value)


def _in_microseconds(value: Any) -> Any:
    """Timestamps as the oracle has them; one without a zone is in UTC."""
    if not isinstance(value, datetime):
        return value
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _assert_in_bucket(place: str, found: Any, value: float) -> None:
    """The edge towards zero of a bucket that is 1/128 wide; the tiniest doubles share a few of them."""
    short = Fraction(abs(value)) - Fraction(abs(found))
    assert 0 <= short <= Fraction(abs(value)) / 128 + Fraction(2) ** -1029, f"{place} is {found!r}, must be {value!r}"
    assert found * value >= 0, f"{place} is {found!r}, must be {value!r}"


def _assert_deviation(place: str, found: Any, value: float, largest: Fraction, squared: bool) -> None:
    """To nine digits, and to 90 binary ones of the largest square, which is what a difference of sums may lose; and of
    squares to the digits that doubles have."""
    lost = largest**2 / 2**90 + _FEW_SMALLEST if squared else largest / 2**45 + _ROOT_OF_FEW_SMALLEST
    distance = abs(Fraction(found) - Fraction(value))
    assert distance <= TOLERANCE * Fraction(value) + lost, f"{place} is {found!r}, must be {value!r}"


def _is_exact(feature: Feature, magnitudes: Sequence[Fraction], value: Any) -> bool:
    """Whether any honest way of adding gives the same: no doubles, or few binary digits in all of them together."""
    if feature.agg == "mean" and EXPRESSIONS[feature.of or ""].kind == "double":
        return False
    if not isinstance(value, float):
        return True
    return all((number / _FINEST).denominator == 1 for number in magnitudes) and sum(magnitudes) < _GREATEST


def _assert_near(place: str, found: Any, value: Any, magnitudes: Sequence[Fraction]) -> None:
    assert isinstance(found, (float, Decimal)) and math.isfinite(found), f"{place} is {found!r}, must be {value!r}"
    event("a sum or mean to the bit" if found == value else "a sum or mean within the tolerance")
    allowed = TOLERANCE * sum(magnitudes, Fraction(0))
    distance = abs(Fraction(found) - Fraction(value))
    assert distance <= allowed, f"{place} is {found!r}, must be {value!r} give or take {float(allowed)!r}"
