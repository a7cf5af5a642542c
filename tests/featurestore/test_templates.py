"""`featurestore init`: repositories that validate, into folders where nothing gets lost."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from definitions.errors import RequestError
from definitions.load import load_repository
from definitions.loaded import LoadedRepository
from definitions.model import column_name
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from featurestore.templates.init import TEMPLATES, write_repository


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("init") / "my_features"
    write_repository(root, "flights")
    return root


@pytest.fixture(scope="module")
def loaded(flights: Path) -> LoadedRepository:
    return load_repository(flights)


def test_the_minimal_repository_validates_without_a_warning(tmp_path: Path) -> None:
    write_repository(tmp_path / "new")
    assert load_repository(tmp_path / "new").warnings == ()


def test_the_flights_repository_validates_and_warns_of_the_one_source_without_timestamp(
    loaded: LoadedRepository,
) -> None:
    assert [warning.rule for warning in loaded.warnings] == ["source-without-timestamp"]
    assert "planes" in loaded.warnings[0].message


def test_the_flights_template_shows_what_the_language_can_do(loaded: LoadedRepository) -> None:
    repository = loaded.repository
    views = repository.feature_views.values()
    features = [feature for view in views for feature in view.features]
    columns = [column_name(feature, window) for feature in features for window in feature.windows or (None,)]
    windows = {str(window) for feature in features for window in feature.windows}
    assert {"carrier", "airport", "plane", "route"} == set(repository.entities)
    assert {"flights", "weather", "planes"} < set(repository.sources)
    assert len(views) >= 6
    assert len(columns) >= 40
    assert {"1h", "1d", "90d"} <= windows
    assert {"count", "sum", "mean", "min", "max", "last"} == {feature.agg for feature in features}
    assert {"1h", "1d", "exact"} == {str(view.every) for view in views}
    assert sum(bool(view.tests) for view in views) >= 2


def test_the_service_uses_the_airport_in_two_roles(loaded: LoadedRepository) -> None:
    entries = loaded.repository.feature_services["departure_delay"].features
    roles = {(entry.join_keys["airport"], entry.prefix) for entry in entries if "airport" in entry.join_keys}
    assert roles == {("origin", "origin_"), ("dest", "destination_")}


def test_the_examples_in_the_yaml_hold(flights: Path) -> None:
    results = FeatureStore(flights).test()
    assert len(results) == 6
    assert [(result.test, result.differences) for result in results if not result.passed] == []


def test_the_minimal_repository_goes_all_the_way_online(tmp_path: Path) -> None:
    clock = FixedClock("2024-03-10T09:30:00Z")
    write_repository(tmp_path / "new", clock=clock)
    store = FeatureStore(tmp_path / "new", clock=clock)
    assert all(result.passed for result in store.test())
    store.apply()
    store.materialize()
    with (tmp_path / "new" / "data" / "purchases.csv").open() as file:
        bought = [row for row in csv.DictReader(file) if row["customer_id"] == "3"]
    kept = [Decimal(row["amount"]) for row in bought if row["returned"] == "false"]
    online = store.get_online_features("recommendations", [{"customer_id": 3}, {"customer_id": 99}]).to_dict()
    assert online["purchases_28d"] == [len(kept), 0]
    assert online["spent_28d"] == [sum(kept), None]
    assert online["latest"] == [Decimal(bought[-1]["amount"]), None]


@pytest.mark.parametrize("template", [None, *TEMPLATES])
def test_what_is_written_is_what_is_there(template: str | None, tmp_path: Path) -> None:
    written = write_repository(tmp_path, template)
    assert sorted(written) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert {".gitignore", "README.md", "featurestore.yaml"} < {path.name for path in written}
    assert ".featurestore/\ndata/\n" in (tmp_path / ".gitignore").read_text()


def test_minimal_purchases_end_before_the_present_day(tmp_path: Path) -> None:
    write_repository(tmp_path, clock=FixedClock("2024-03-10T09:30:00Z"))
    with (tmp_path / "data" / "purchases.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert min(row["bought_at"] for row in rows) == "2024-02-11T10:00:00Z"
    assert max(row["bought_at"] for row in rows) < "2024-03-10T00:00:00Z"
    assert {row["customer_id"] for row in rows} == {"1", "2", "3", "4", "5"}
    assert {row["returned"] for row in rows} == {"true", "false"}


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RequestError, match="not empty"):
        write_repository(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(RequestError, match="is a file"):
        write_repository(tmp_path / "taken")


def test_an_unknown_template_is_refused_with_the_list_of_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"no template 'flight'.*flights"):
        write_repository(tmp_path / "new", "flight")
    assert not (tmp_path / "new").exists()
