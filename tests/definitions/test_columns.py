"""The columns that views have and that services and references ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.columns import feature_columns, request_columns, service_columns
from definitions.errors import RequestError
from definitions.model import Repository, ServiceEntry
from tests.definitions.repositories import flights


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return flights(tmp_path).repository


def test_a_feature_has_a_column_for_each_window_or_one_of_all_history(repository: Repository) -> None:
    view = repository.feature_views["carrier_punctuality"]
    columns = feature_columns(view, repository.sources["flights"])
    assert [(c.name, str(c.type), c.default) for c in columns] == [
        ("arrivals_1d", "bigint", 0),
        ("arrivals_7d", "bigint", 0),
        ("arrivals_28d", "bigint", 0),
        ("arr_delay_7d", "double", None),
        ("arr_delay_28d", "double", None),
        ("late_share_28d", "double", None),
    ]
    (last,) = feature_columns(repository.feature_views["airport_delay"], repository.sources["flights"])
    assert (last.name, last.window) == ("arr_delay", None)


@pytest.mark.parametrize(
    ("agg", "declared", "expected"),
    [("sum", "int", "bigint"), ("sum", "boolean", "bigint"), ("sum", "float", "double"), ("mean", "int", "double"),
     ("sum", "decimal(12,2)", "decimal(38,2)"), ("max", "float", "double"), ("min", "date", "date"),
     ("last", "int", "int"), ("count", "string", "bigint"), ("max", "string", "string"), ("stddev", "int", "double"),
     ("variance", "decimal(12,2)", "double"), ("quantile, quantile: 0.5", "int", "double"),
     ("count_distinct", "string", "bigint"), ("last_n, n: 3", "decimal(12,2)", "array<decimal(12,2)>"),
     ("most_frequent, n: 2", "string", "array<string>")],
)  # fmt: skip
def test_an_aggregate_has_the_type_of_its_kind(tmp_path: Path, agg: str, declared: str, expected: str) -> None:
    loaded = flights(
        tmp_path,
        ("cancelled: boolean,", f"cancelled: boolean, seats: {'{type: ' + repr(declared) + '}'},"),
        ("agg: mean, of: arr_delay, windows: [7d, 28d]", f"agg: {agg}, of: seats, windows: [7d, 28d]"),
    )
    columns = feature_columns(
        loaded.repository.feature_views["carrier_punctuality"], loaded.repository.sources["flights"]
    )
    assert {str(column.type) for column in columns if column.feature.name == "arr_delay"} == {expected}


def test_a_view_answers_a_service_in_two_roles(repository: Repository) -> None:
    columns = service_columns(repository, repository.feature_services["both_roles"])
    assert [(each.name, dict(each.join_keys)) for each in columns] == [
        ("origin_arr_delay", {"airport": "origin"}),
        ("destination_arr_delay", {"airport": "destination"}),
    ]


def test_references_name_columns_once_each_in_order(repository: Repository) -> None:
    asked = ["carrier_punctuality:arr_delay_28d", "carrier_punctuality:*", "airport_delay@2:arr_delay"]
    columns = request_columns(repository, asked)
    assert [each.name for each in columns] == [
        "arr_delay_28d", "arrivals_1d", "arrivals_7d", "arrivals_28d", "arr_delay_7d", "late_share_28d", "arr_delay",
    ]  # fmt: skip
    assert columns[-1].version == 2


@pytest.mark.parametrize(
    ("references", "message"),
    [
        (["carier_punctuality:*"], "no feature view 'carier_punctuality'; did you mean 'carrier_punctuality'?"),
        (["airport_delay:arr_dely"], "'airport_delay' has no column 'arr_dely'; did you mean 'arr_delay'?"),
        (["airport_delay"], "is no feature reference; write view:column"),
        ([], "no features were asked for"),
        ("airport_delay:*", "expected a list"),
        ([ServiceEntry(view="airport_delay"), ServiceEntry(view="airport_delay", join_keys={"airport": "dest"})],
         "two columns are named 'arr_delay'"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_a_request_error(
    repository: Repository, references: list[str | ServiceEntry], message: str
) -> None:
    with pytest.raises(RequestError) as refused:
        request_columns(repository, references)
    assert message in str(refused.value)
