"""Views of every instant: all of it for training, what is of all history online too."""

from __future__ import annotations

from pathlib import Path
from typing import Final, get_args

import pytest

from definitions.errors import RequestError
from definitions.load import load_repository
from definitions.model import Aggregation
from tests.journeys.shop import ONE_VIEW, Shop, bits, frame, online, order

NOW: Final = "2024-04-02T05:30:00"
CUSTOMERS: Final = ["ann", "bob", "nobody"]
PARAMETERS: Final = {
    "count": "",
    "quantile": ", of: pieces, quantile: 0.5",
    "last_n": ", of: pieces, n: 20",
    "most_frequent": ", of: pieces, n: 20",
}
EVERY_AGGREGATION: Final = "".join(
    f"      - {{name: {agg}_{kind}, agg: {agg}{PARAMETERS.get(agg, ', of: pieces')}{windows}}}\n"
    for agg in get_args(Aggregation)
    for kind, windows in (("of_window", ", windows: [7d]"), ("ever", ""))
)
SERVICE: Final = '\nfeature_services:\n  - {name: next_order, features: ["customer_daily:*"]}\n'


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """One view of every instant that has each aggregation over a window and over all history."""
    definitions = ONE_VIEW.replace("every: 1d", "every: exact").partition("    features:\n")[0]
    shop = Shop(tmp_path, f"{definitions}    features:\n{EVERY_AGGREGATION}{SERVICE}")
    rows = [order(f"2024-03-{day}", name, pieces=day % 4) for day in (11, 27, 28, 30) for name in ("ann", "bob")]
    shop.land("march", [*rows, order("2024-04-02T04:29:59", pieces=9), order("2024-04-02T04:30:00", pieces=99)])
    shop.applied(NOW).materialize()
    return shop


def test_every_aggregation_is_trained_as_of_the_instant_less_the_delay(shop: Shop) -> None:
    """At 05:30 with a delay of an hour the row of 04:29:59 counts and that of 04:30 does not."""
    ann, bob, nobody = frame(shop.store(NOW), "customer_daily", CUSTOMERS, NOW)
    assert (ann["sum_of_window_7d"], ann["sum_ever"]) == (3 + 0 + 2 + 9, 3 + 3 + 0 + 2 + 9)
    assert (ann["last_of_window_7d"], ann["first_of_window_7d"], ann["first_ever"]) == (9, 3, 3)
    assert (ann["last_n_of_window_7d"], ann["last_n_ever"]) == ([9, 2, 0, 3], [9, 2, 0, 3, 3])
    assert (bob["count_distinct_of_window_7d"], bob["most_frequent_ever"]) == (3, [3, 0, 2])
    assert {value for value in nobody.values() if value is not None} == {0}


def test_look_ups_have_what_is_of_all_history_as_it_is_trained(shop: Shop) -> None:
    trained, served = (
        frame(shop.store(NOW), "customer_daily", CUSTOMERS, NOW),
        online(shop.store(NOW), "customer_daily", CUSTOMERS),
    )
    assert set(served[0]) == {f"{agg}_ever" for agg in get_args(Aggregation)}
    assert bits(served) == bits([{name: row[name] for name in served[0]} for row in trained])


def test_look_ups_of_a_service_leave_out_the_windows_and_have_the_rest(shop: Shop) -> None:
    answered = shop.store(NOW).get_online_features("next_order", [{"customer": name} for name in CUSTOMERS]).to_dict()
    assert set(answered) == {"customer", *(f"{agg}_ever" for agg in get_args(Aggregation))}
    assert answered["sum_ever"] == [17, 8, None]


def test_a_service_of_windows_alone_says_why_nothing_can_be_looked_up(shop: Shop) -> None:
    shop.change(("customer_daily:*", "customer_daily:sum_of_window_7d"))
    shop.applied(NOW).materialize()
    with pytest.raises(RequestError, match=r"'next_order'.* offline only; give a view a hop"):
        shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}])


def test_validating_says_of_each_window_that_it_is_offline_only_and_why(shop: Shop) -> None:
    warnings = load_repository(shop.folder).warnings
    assert len(warnings) == len(get_args(Aggregation))
    for agg, warning in zip(get_args(Aggregation), warnings, strict=True):
        assert f"'{agg}_of_window' are offline only: with every: exact they slide" in warning.message
