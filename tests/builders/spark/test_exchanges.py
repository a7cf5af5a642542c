"""How often rows move for a frame on Spark: counted in executed plans, adaptive execution on."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest

from builders.engine import Exchange
from builders.spark.engine import SparkEngine
from featurestore import FeatureStore
from featurestore.clock import FixedClock, parse_instant
from tests.journeys.shop import ONE_VIEW, Shop, random_orders

EXPECTED = {
    "tile join": [
        *["broadcast everyone"] * 2,
        *("shuffle __key_customer", "shuffle customer, boundary", "shuffle customer, boundary, _groupingexpression"),
    ],
    "merge": [*["broadcast everyone"] * 2, "shuffle __key_customer", "shuffle customer"],
}
"""What moves for a frame of one view: the entity dataframe, and tiles or what was made of them."""

NOW = "2024-04-02T05:00:00"
DEFINITIONS = ONE_VIEW.partition("    features:\n")[0]


def _views(count: int, windows: str) -> str:
    """So many views of the same slots, each over these windows."""
    head, _, view = DEFINITIONS.partition("  - name: customer_daily\n")
    feature = "      - {{name: spent_{number}, agg: sum, of: amount, windows: [{windows}]}}\n"
    return head + "".join(
        f"  - name: customer_{number}\n{view}    features:\n{feature.format(number=number, windows=windows)}"
        for number in range(count)
    )


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("exchanges"), _views(1, "7d"))
    for month in (1, 2, 3):
        shop.land(f"month_{month}", random_orders(month, f"2024-0{month}-01", 28, 800, 60))
    FeatureStore(shop.folder, clock=FixedClock(NOW)).apply()
    FeatureStore(shop.folder, clock=FixedClock(NOW)).materialize(publish=False)
    return shop


def _exchanges(shop: Shop, engine: SparkEngine, definitions: str, form: str | None = None) -> list[Exchange]:
    """What moves for a frame of all views: from tiles that DuckDB built."""
    shop.declare(definitions)
    store = FeatureStore(shop.folder, clock=FixedClock(NOW), spark=engine.session)
    store.apply()
    views: Sequence[str] = list(store.validate().repository.feature_views)
    instants = [parse_instant(f"2024-03-{day:02}T10:00:00") for day in range(1, 29)]
    spine = pa.table(
        {
            "customer": [f"c{number}" for number in range(28)],
            "event_timestamp": pa.array(instants, pa.timestamp("us", tz="UTC")),
        }
    )
    frame = store.get_historical_features(spine, [f"{view}:*" for view in views], form=form)
    return frame._run(lambda plan: engine.list_exchanges(plan, frame.spine))


def _kinds(exchanges: Sequence[Exchange]) -> list[str]:
    return sorted(f"{item.kind} {item.by}" for item in exchanges)


def test_the_entity_dataframe_moves_once_and_the_frame_says_what_moved(orders: Shop, engine: SparkEngine) -> None:
    found = _exchanges(orders, engine, _views(1, "7d"))
    spines = [item for item in found if item.kind == "shuffle" and "__row" in item.columns]
    assert [(item.by, item.rows) for item in spines] == [("__key_customer", 28)]


@pytest.mark.parametrize("form", ["tile join", "merge"])
def test_exchanges_do_not_grow_with_windows_or_views(orders: Shop, engine: SparkEngine, form: str) -> None:
    of_one = _kinds(_exchanges(orders, engine, _views(1, "3d, 7d, 28d"), form))
    assert _kinds(_exchanges(orders, engine, _views(1, "1d, 2d, 3d, 5d, 7d, 14d, 21d, 28d"), form)) == of_one
    assert _kinds(_exchanges(orders, engine, _views(5, "3d, 7d, 28d"), form)) == of_one
    assert of_one == EXPECTED[form]
