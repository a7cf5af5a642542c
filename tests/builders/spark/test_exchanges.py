"""How often rows move on Spark: counted in executed plans, adaptive execution on, and held against the budget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from builders.engine import Exchange
from builders.explained_exchanges import find_unplanned
from builders.passes.budget_exchanges import budget_exchanges
from builders.spark.engine import SparkEngine
from featurestore import FeatureStore
from featurestore.clock import FixedClock, parse_instant
from tests.builders.spark.executions import executions_of
from tests.journeys.shop import DEFINITIONS, ONE_VIEW, Shop, random_orders

NOW = "2024-04-02T05:00:00"
SPINE = "shuffle __key_customer"
ONE = ONE_VIEW.partition("    features:\n")[0]
BASKET = """\
  - {name: basket, keys: {customer: string, product: bigint}}
sources:
"""
BASKETS = """\
  - name: basket_daily
    entity: basket
    source: orders
    every: 1d
    features:
      - {name: bought, agg: sum, of: pieces, windows: [3d, 28d]}
      - {name: dearest, agg: max, of: amount, windows: [28d]}
feature_services:
"""
TWENTY = ", ".join(f"{days}d" for days in range(1, 21))
COMPANY = DEFINITIONS.replace("sources:\n", BASKET, 1).replace("feature_services:\n", BASKETS, 1)


def _views(count: int, windows: str) -> str:
    """So many views of the same slots, each over these windows."""
    head, _, view = ONE.partition("  - name: customer_daily\n")
    feature = "      - {{name: spent_{number}, agg: sum, of: amount, windows: [{windows}]}}\n"
    return head + "".join(
        f"  - name: customer_{number}\n{view}    features:\n{feature.format(number=number, windows=windows)}"
        for number in range(count)
    )


def _shop(folder: Path, definitions: str) -> Shop:
    shop = Shop(folder, definitions)
    for month in (1, 2, 3):
        shop.land(f"month_{month}", random_orders(month, f"2024-0{month}-01", 28, 800, 60))
    return shop


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory, engine: SparkEngine) -> Shop:
    """One view, of which Spark built the tiles."""
    shop = _shop(tmp_path_factory.mktemp("exchanges"), _views(1, "7d"))
    _store(shop, engine).materialize(publish=False)
    return shop


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, engine: SparkEngine) -> Shop:
    """Five views of three entities, one with two keys and one of a number, on grids and exact."""
    shop = _shop(tmp_path_factory.mktemp("company"), COMPANY)
    _store(shop, engine).materialize(publish=False)
    return shop


def _store(shop: Shop, engine: SparkEngine | None) -> FeatureStore:
    session = None if engine is None else engine.session
    store = FeatureStore(shop.folder, clock=FixedClock(NOW), spark=session)
    store.apply()
    return store


def spine_of_march() -> pa.Table:
    instants = [parse_instant(f"2024-03-{day:02}T10:00:00") for day in range(1, 29)]
    return pa.table(
        {
            "customer": [f"c{number}" for number in range(28)],
            "product": pa.array(range(28), pa.int64()),
            "event_timestamp": pa.array(instants, pa.timestamp("us", tz="UTC")),
        }
    )


def exchanges_of_frame(
    store: FeatureStore, engine: SparkEngine, asked: Sequence[str], form: str | None = None
) -> list[str]:
    """What moves for a frame; nothing beyond the budget."""
    frame = store.get_historical_features(spine_of_march(), list(asked), form=form)
    planned = frame._run(lambda plan: budget_exchanges(plan.frame))
    found = frame._run(lambda plan: engine.list_exchanges(plan, frame.spine))
    assert find_unplanned(planned, found) == []
    return _kinds(found)


def _kinds(exchanges: Sequence[Exchange]) -> list[str]:
    return sorted(f"{item.kind} {item.by}" for item in exchanges)


def _every_view(store: FeatureStore) -> list[str]:
    return [f"{view}:*" for view in store.validate().repository.feature_views]


@pytest.mark.parametrize("form", ["tile join", "merge"])
@pytest.mark.parametrize(
    ("views", "windows"),
    [(1, "7d"), (1, "1d, 2d, 3d, 5d, 7d, 14d, 21d, 28d"), (1, TWENTY), (5, "3d, 7d, 28d"), (20, "7d")],
)
def test_only_the_entity_dataframe_moves_however_many_windows_and_views(
    orders: Shop, engine: SparkEngine, views: int, windows: str, form: str
) -> None:
    orders.declare(_views(views, windows))
    store = _store(orders, engine)
    with executions_of(engine.session) as executed:
        assert exchanges_of_frame(store, engine, _every_view(store), form) == [SPINE]
    assert sum(item.nodes["Sort"] for item in executed) == (1 if form == "merge" else 0)


def test_all_forms_together_move_no_tiles(company: Shop, engine: SparkEngine) -> None:
    asked = ["customer_daily:*", "customer_hourly:*", "customer_latest:*"]
    assert exchanges_of_frame(_store(company, engine), engine, asked) == [SPINE]


def test_each_further_entity_moves_the_entity_dataframe_and_its_pairs_once(company: Shop, engine: SparkEngine) -> None:
    store = _store(company, engine)
    of_product = ["shuffle __key_product", "shuffle product"]
    assert exchanges_of_frame(store, engine, ["customer_daily:*", "product_daily:*"]) == sorted([SPINE, *of_product])
    found = exchanges_of_frame(store, engine, ["customer_daily:*", "product_daily:*", "basket_daily:*"])
    # What is equal in both keys is in one task already, as the entity dataframe was spread by one: the answers come.
    of_basket = ["shuffle product", "shuffle customer, product"]
    assert found == sorted([SPINE, *of_product, *of_basket])


def test_straight_from_the_source_only_rows_asked_for_move(company: Shop, engine: SparkEngine, tmp_path: Path) -> None:
    store = _store(_shop(tmp_path, COMPANY), engine)
    found = exchanges_of_frame(store, engine, ["customer_daily:*"])
    assert found == ["broadcast everyone", SPINE, "shuffle customer"]


def test_rows_that_compete_move_once_more_by_their_key_and_hop(engine: SparkEngine, tmp_path: Path) -> None:
    timestamp = "    timestamp: known_at\n"
    deduped = ONE_VIEW.replace(timestamp, f"{timestamp}    dedupe: {{key: [product], by: pieces}}\n", 1)
    store = _store(_shop(tmp_path, deduped), engine)
    found = exchanges_of_frame(store, engine, ["customer_daily:*"])
    assert [item.split()[0] for item in found] == ["broadcast", "shuffle", "shuffle", "shuffle"]
    (competing,) = [item for item in found if item.startswith("shuffle product, ")]
    assert re.fullmatch(r"shuffle product, _w\d+", competing)


def test_building_tiles_moves_the_source_once_however_many_segments(engine: SparkEngine, tmp_path: Path) -> None:
    shop = _shop(tmp_path, _views(1, "7d"))
    store = _store(shop, engine)
    with executions_of(engine.session) as executed:
        store.materialize(publish=False)
    (build,) = [item for item in executed if item.nodes["Sort"]]
    assert (build.nodes["Exchange"], build.nodes["Sort"], build.nodes["Scan"]) == (1, 1, 1)
    shop.land("april", random_orders(4, "2024-04-01", 1, 30, 60))
    with executions_of(engine.session) as executed:
        _store(shop, engine).materialize(publish=False)
    (day,) = [item for item in executed if item.nodes["Sort"]]
    assert (day.nodes["Exchange"], day.nodes["Sort"], day.nodes["Scan"]) == (1, 1, 1)


def test_nothing_moves_for_an_entity_dataframe_that_is_a_bucketed_table(
    company: Shop, engine: SparkEngine, tmp_path: Path
) -> None:
    session = engine.session
    rows = session.createDataFrame(spine_of_march())
    rows.write.bucketBy(8, "customer").option("path", f"file://{tmp_path}/asked").saveAsTable("asked_of_march")
    try:
        store = _store(company, engine)
        asked = ["customer_daily:*", "customer_latest:*"]
        frame = store.get_historical_features(session.table("asked_of_march"), asked)
        assert frame._run(lambda plan: engine.list_exchanges(plan, frame.spine)) == []
        expected = store.get_historical_features(spine_of_march(), asked).to_arrow().sort_by("customer")
        assert frame.to_arrow().sort_by("customer").to_pydict() == expected.to_pydict()
    finally:
        session.sql("DROP TABLE asked_of_march")


def test_tiles_that_are_in_no_buckets_move_and_the_budget_says_how_to_mend_it(
    engine: SparkEngine, tmp_path: Path
) -> None:
    shop = _shop(tmp_path, _views(1, "7d"))
    _store(shop, None).materialize(publish=False)
    store = _store(shop, engine)
    assert exchanges_of_frame(store, engine, _every_view(store)) == [SPINE, "shuffle customer"]
    frame = store.get_historical_features(spine_of_march(), _every_view(store))
    (tiles,) = (item for item in frame._run(lambda plan: budget_exchanges(plan.frame)) if item.what == "tiles")
    assert "featurestore compact" in tiles.why
