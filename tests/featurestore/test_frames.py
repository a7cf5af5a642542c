"""What people hand in and get back: pandas, Arrow, Parquet; rows, order and own columns stay."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from definitions.errors import RequestError
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from featurestore.templates.init import write_repository

NOW = "2024-03-10T12:00:00Z"
SERVICE = "recommendations"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FeatureStore:
    folder = tmp_path_factory.mktemp("shop") / "repository"
    clock = FixedClock(NOW)
    write_repository(folder, None, clock)
    opened = FeatureStore(folder, clock=clock)
    opened.apply()
    return opened


@pytest.fixture
def asked() -> pd.DataFrame:
    moments = ["2024-03-09T15:00:00Z", "2024-02-20T00:00:00Z", "2024-03-09T15:00:00Z", "2024-03-10T03:00:00Z"]
    return pd.DataFrame(
        {
            "customer_id": [3, 1, 3, 2],
            "event_timestamp": pd.to_datetime(moments, utc=True),
            "label": pd.Categorical(["yes", "no", "no", "yes"]),
        },
        index=[40, 10, 30, 20],
    )


def test_pandas_keeps_its_index_order_and_columns(store: FeatureStore, asked: pd.DataFrame) -> None:
    found = store.get_historical_features(asked, SERVICE).to_pandas()
    pd.testing.assert_frame_equal(found[asked.columns], asked)
    assert list(found.columns[:3]) == list(asked.columns)
    assert "purchases_7d" in found
    assert found.loc[40, "purchases_28d"] == found.loc[30, "purchases_28d"]


def test_arrow_and_parquet_give_the_values_of_pandas(store: FeatureStore, asked: pd.DataFrame, tmp_path: Path) -> None:
    table = pa.Table.from_pandas(asked.astype({"label": "string"}), preserve_index=False)
    pq.write_table(table, tmp_path / "asked.parquet")
    from_arrow = store.get_historical_features(table, SERVICE).to_arrow()
    from_parquet = store.get_historical_features(tmp_path / "asked.parquet", SERVICE)
    rows = from_parquet.to_parquet(tmp_path / "frame.parquet")
    streamed = pq.read_table(tmp_path / "frame.parquet")
    assert rows == len(asked)
    assert from_arrow.column_names == streamed.column_names
    for name in from_arrow.column_names[3:]:
        assert from_arrow[name].to_pylist() == streamed[name].to_pylist()
    assert streamed["customer_id"].to_pylist() == [3, 1, 3, 2]


def test_without_a_timestamp_column_every_row_means_now(store: FeatureStore) -> None:
    keys = pd.DataFrame({"customer_id": [1, 2]})
    dated = keys.assign(event_timestamp=pd.Timestamp(NOW))
    plain = store.get_historical_features(keys, SERVICE).to_pandas()
    assert plain.equals(store.get_historical_features(dated, SERVICE).to_pandas().drop(columns="event_timestamp"))


def test_another_timestamp_column_has_to_be_named(store: FeatureStore, asked: pd.DataFrame) -> None:
    renamed = asked.rename(columns={"event_timestamp": "asked_at"})
    with pytest.raises(RequestError, match="timestamp='asked_at'"):
        store.get_historical_features(renamed, SERVICE)
    named = store.get_historical_features(renamed, SERVICE, timestamp="asked_at").to_pandas()
    expected = store.get_historical_features(asked, SERVICE).to_pandas()
    assert named["spent_28d"].tolist() == expected["spent_28d"].tolist()


def test_an_empty_entity_dataframe_gives_an_empty_frame(store: FeatureStore, asked: pd.DataFrame) -> None:
    found = store.get_historical_features(asked.head(0), SERVICE).to_pandas()
    assert len(found) == 0
    assert "spent_28d" in found


def test_integer_keys_with_gaps_are_taken_as_pandas_has_them(store: FeatureStore, asked: pd.DataFrame) -> None:
    gaps = asked.assign(customer_id=[3.0, None, 3.0, 2.0])
    found = store.get_historical_features(gaps, SERVICE).to_pandas()
    assert found["purchases_28d"].tolist()[1] == 0
    with pytest.raises(RequestError, match="fractions"):
        store.get_historical_features(asked.assign(customer_id=1.5), SERVICE)


def test_frames_agree_whether_tiles_are_stored_or_not(asked: pd.DataFrame, tmp_path: Path) -> None:
    clock = FixedClock(NOW)
    write_repository(tmp_path / "shop", None, clock)
    store = FeatureStore(tmp_path / "shop", clock=clock)
    store.apply()
    from_source = store.get_historical_features(asked, SERVICE)
    built = store.get_historical_features(asked, SERVICE, build=True)
    assert "straight from the source" in from_source.explain()
    assert "straight from the source" not in built.explain()
    assert built.to_arrow().equals(from_source.to_arrow())
    for form in ("merge", "tile join"):
        assert store.get_historical_features(asked, SERVICE, form=form).to_arrow().equals(built.to_arrow())


def test_explain_shows_expected_and_found_rows_and_the_sql(store: FeatureStore, asked: pd.DataFrame) -> None:
    told = store.get_historical_features(asked, SERVICE).explain(analyze=True)
    for words in ("Tile tables", "Forms", "because", "expected         found        factor", "WITH spine AS"):
        assert words in told


def test_expected_rows_are_about_those_found(store: FeatureStore) -> None:
    """Of rows, tiles and distinct pairs, from the source and from segments."""
    asked = pd.DataFrame(
        {
            "customer_id": [row % 40 for row in range(2_000)],
            "event_timestamp": pd.to_datetime([1_709_000_000 + 400 * row for row in range(2_000)], unit="s", utc=True),
        }
    )
    for materialized in (False, True):
        if materialized:
            store.materialize(publish=False)
        frame = store.get_historical_features(asked, SERVICE)
        told = frame.explanation(analyze=True)
        known = [step for step in told.steps if step.expected is not None and "candidates" not in step.name]
        compared = [(step.name, step.expected, step.found) for step in known]
        assert {name.partition("_")[0] for name, *_ in compared} >= {"spine", "pairs", "tiles", "frame"}
        assert [item for item in compared if item[1] != pytest.approx(item[2], rel=0.5, abs=50)] == []


def test_a_manifest_names_what_the_frame_is_made_of(store: FeatureStore, asked: pd.DataFrame) -> None:
    manifest = store.get_historical_features(asked, SERVICE).manifest
    assert manifest["features"]["spent_28d"]["view"] == "customer_purchases"
    assert manifest["spine"]["rows"] == 4
    again = store.get_historical_features(asked, SERVICE).manifest
    assert manifest == again
    other = store.get_historical_features(asked.iloc[::-1], SERVICE).manifest
    assert manifest["spine"]["sha256"] != other["spine"]["sha256"]


def test_a_frame_shows_itself_in_a_notebook(store: FeatureStore, asked: pd.DataFrame) -> None:
    assert "4 rows" in store.get_historical_features(asked, SERVICE)._repr_html_()


def test_a_repository_that_moves_keeps_its_tiles(tmp_path: Path) -> None:
    clock = FixedClock(NOW)
    write_repository(tmp_path / "here", None, clock)
    store = FeatureStore(tmp_path / "here", clock=clock)
    store.apply()
    store.materialize()
    (tmp_path / "here").rename(tmp_path / "there")
    assert FeatureStore(tmp_path / "there", clock=clock).materialize().did_nothing


def test_features_that_are_one_computation_have_one_value_under_each_name(tmp_path: Path) -> None:
    clock = FixedClock(NOW)
    write_repository(tmp_path / "shop", None, clock)
    file = tmp_path / "shop" / "features.yaml"
    again = "      - {name: outlay, agg: sum, of: amount, where: not (returned), windows: [7d, 28d]}\n"
    again += "      - {name: newest, agg: last, of: amount}\n    tests:\n"
    file.write_text(file.read_text().replace("    tests:\n", again, 1))
    store = FeatureStore(tmp_path / "shop", clock=clock)
    store.apply()
    store.materialize()
    rows = pd.DataFrame({"customer_id": [3, 1, 2]})
    found = store.get_historical_features(rows, ["customer_purchases:*"]).to_pandas()
    assert list(found.columns[-3:]) == ["outlay_7d", "outlay_28d", "newest"]
    for one, other in (("spent_7d", "outlay_7d"), ("spent_28d", "outlay_28d"), ("latest", "newest")):
        assert found[one].tolist() == found[other].tolist()
    assert found["customer_id"].tolist() == [3, 1, 2]
    online = store.get_online_features(["customer_purchases:*"], rows.to_dict("records")).to_dict()
    assert online["outlay_28d"] == online["spent_28d"]
