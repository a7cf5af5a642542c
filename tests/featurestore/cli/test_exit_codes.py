"""Every exit code, and that an error leaves the repository as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from definitions.errors import FeatureStoreError
from featurestore import FeatureStore
from featurestore.cli.exit_codes import MEANINGS, exit_code_of
from featurestore.clock import FixedClock
from featurestore.held_lease import held_lease
from tests.featurestore.cli.running import NOW, edit, invoke, line_of, run, state_of


def test_every_error_of_the_product_has_an_exit_code_of_its_own_meaning() -> None:
    codes = {kind.__name__: exit_code_of(kind.__new__(kind)) for kind in FeatureStoreError.__subclasses__()}
    assert codes == {
        "DefinitionError": 3,
        "ConfigurationError": 3,
        "SourceError": 4,
        "RequestError": 5,
        "ConflictError": 6,
        "ValueRangeError": 7,
        "BackupError": 8,
        "TimeLimitError": 9,
        "OnlineStoreError": 10,
        "ReuseError": 11,
        "AccessError": 12,
        "QualityError": 13,
    }
    assert set(codes.values()) < set(MEANINGS)


def test_a_failed_test_of_a_view_is_exit_code_1(new: Path) -> None:
    edit(new, 'spent_7d: "12.50"', 'spent_7d: "42.50"')
    result = run(new, "test")
    assert result.exit_code == 1
    assert "failed  customer_purchases" in result.stdout
    assert "customer_id 1: spent_7d is Decimal('12.50'), expected '42.50'" in result.stdout
    assert "1 test on duckdb, 1 failed." in result.stdout
    assert json.loads(run(new, "test", "--json").stdout)["failed"] == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["materialise"], "there is no command 'materialise'; did you mean 'materialize'?"),
        (["materialize", "--endd", "2024-03-10"], "--end"),
        (["materialize", "--end", "yesterday"], "'yesterday' is no instant"),
        (["vacuum", "--minimum-age", "soon"], "'soon' is no duration"),
        (["online", "recommendations"], "--entity KEY=VALUE"),
        (["online", "recommendations", "--entity", "customer_id"], "is not KEY=VALUE"),
        (["online", "recommendations", "--entity", "customer_id=1", "--entity", "customer_id=2"], "is given twice"),
        (["historical", "nowhere.parquet", "recommendations", "--out", "frame.parquet"], "there is no file nowhere"),
        (["historical", "recommendations", "--out", "frame.parquet"], "name an entity dataframe and features"),
        (["historical", "a.parquet", "b", "--out", "no/such/frame.parquet"], "there is no folder no/such"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2(built_repository: Path, arguments: list[str], expected: str) -> None:
    result = run(built_repository, *arguments)
    assert result.exit_code == 2
    assert expected in result.stderr


def test_an_output_never_overwrites_the_entity_dataframe(built_repository: Path, tmp_path: Path) -> None:
    entities = tmp_path / "entities.csv"
    entities.write_text("customer_id\n3\n")
    assert run(built_repository, "historical", entities, "recommendations", "--out", entities).exit_code == 2
    assert entities.read_text() == "customer_id\n3\n"


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "test"])
def test_wrong_definitions_are_exit_code_3_and_change_nothing(built: Path, command: str) -> None:
    edit(built, "timestamp: bought_at", "timestamp: bougt_at")
    edit(built, "every: 1d", "evry: 1d")
    before = state_of(built)
    result = run(built, command)
    assert result.exit_code == 3
    assert f"{built / 'features.yaml'}:{line_of(built, 'evry')}:5: unknown key 'evry'" in result.stderr
    assert f"{built / 'features.yaml'}:{line_of(built, 'bougt_at')}:16: " in result.stderr
    assert "did you mean 'bought_at'?" in result.stderr
    assert "Traceback" not in result.stderr
    assert "2 problems; nothing was changed." in result.stderr
    assert result.stdout == ""
    assert state_of(built) == before


def test_wrong_definitions_for_programs_are_one_document_on_stderr(built: Path) -> None:
    edit(built, "every: 1d", "evry: 1d")
    result = run(built, "apply", "--json")
    assert (result.exit_code, result.stdout) == (3, "")
    error = json.loads(result.stderr)["error"]
    assert (error["kind"], error["exit_code"]) == ("DefinitionError", 3)
    problem = error["problems"][0]
    assert (problem["rule"], problem["line"], problem["column"]) == ("unknown-key", line_of(built, "evry"), 5)
    assert "did you mean 'every'?" in problem["suggestion"]


def test_a_wrong_configuration_is_exit_code_3(new: Path, tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere", "validate").exit_code == 3
    assert run(new, "plan", "--environment", "prod").exit_code == 3
    (new / "featurestore.yaml").write_text("project: mine\nregistri: x\n")
    result = run(new, "plan")
    assert result.exit_code == 3
    assert "featurestore.yaml:2" in result.stderr


def test_unreadable_data_are_exit_code_4_and_what_was_there_stays(built: Path) -> None:
    before = run(built, "online", "recommendations", "--entity", "customer_id=3").stdout
    (built / "data" / "purchases.csv").write_text("customer_id,amount,bought_at\n1,2.50,2024-03-01T00:00:00Z\n")
    result = run(built, "materialize")
    assert result.exit_code == 4
    assert "returned" in result.stderr
    assert run(built, "online", "recommendations", "--entity", "customer_id=3").stdout == before
    (built / "data" / "purchases.csv").unlink()
    assert run(built, "materialize").exit_code == 4


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["materialize", "customer_purchase"], "did you mean 'customer_purchases'?"),
        (["publish", "customer_purchase"], "did you mean 'customer_purchases'?"),
        (["test", "customer_purchase"], "did you mean 'customer_purchases'?"),
        (["explain", "recomendations"], "did you mean 'recommendations'?"),
        (["explain", "customer_purchases:latst"], "did you mean 'latest'?"),
        (["lineage", "customer_purchase"], "did you mean 'customer_purchases'?"),
        (["lineage", "customer_purchases:latst"], "did you mean 'latest'?"),
        (["impact", "purchase"], "did you mean 'purchases'?"),
        (["impact", "purchases:amuont"], "did you mean 'amount'?"),
        (["online", "recommendations", "--entity", "customer=3"], "has no 'customer_id'"),
        (["online", "recommendations", "--entity", "customer_id=three"], "'three' (str) is no bigint value"),
        (["online", "recomendations", "--entity", "customer_id=3"], "did you mean 'recommendations'?"),
    ],
)
def test_a_request_for_what_does_not_exist_is_exit_code_5(
    built_repository: Path, arguments: list[str], expected: str
) -> None:
    before = state_of(built_repository / "data")
    result = run(built_repository, *arguments)
    assert result.exit_code == 5
    assert result.stderr.startswith("error: ")
    assert expected in result.stderr
    assert state_of(built_repository / "data") == before


def test_files_that_are_not_what_they_should_be_are_exit_code_5(built_repository: Path, tmp_path: Path) -> None:
    for name, text in (("rows.json", "{"), ("row.json", '{"customer_id": 3}')):
        (tmp_path / name).write_text(text)
        assert run(built_repository, "online", "recommendations", "--rows", tmp_path / name).exit_code == 5
    for name in ("broken.parquet", "broken.csv"):
        (tmp_path / name).write_bytes(b'PAR1 "\n1,2\n1')
        out = tmp_path / "frame.parquet"
        result = run(built_repository, "historical", tmp_path / name, "recommendations", "--out", out)
        assert result.exit_code == 5, name
        assert name in result.stderr
        assert not out.exists()


def test_a_folder_that_holds_something_is_exit_code_5_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = invoke("init", tmp_path, "--json")
    assert result.exit_code == 5
    assert "is not empty" in json.loads(result.stderr)["error"]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_conflict_is_exit_code_6(built: Path) -> None:
    registry = FeatureStore(built, clock=FixedClock(NOW))._context.registry
    generation = registry.generations.of("customer_purchases")[0]
    later = FixedClock("2024-03-20").now()
    with held_lease(registry.leases, "publish/customer_purchases") as lease:
        version = registry.segments.latest_version()
        registry.generations.begin_publish(lease, generation.id, later, version, later)
    result = run(built, "publish")
    assert result.exit_code == 6
    assert "a later boundary did not finish" in result.stderr


def test_a_sum_that_leaves_its_range_is_exit_code_7(tmp_path: Path) -> None:
    (tmp_path / "featurestore.yaml").write_text("project: mine\n")
    (tmp_path / "rows.csv").write_text("k,n,at\n" + "1,9000000000000000000,2024-03-01T00:00:00Z\n" * 2)
    (tmp_path / "features.yaml").write_text(
        "entities:\n  - {name: k, keys: {k: bigint}}\n"
        "sources:\n  - {name: s, path: rows.csv, timestamp: at, columns: {k: bigint, n: bigint, at: timestamp}}\n"
        "feature_views:\n  - {name: v, entity: k, source: s, features: [{name: total, agg: sum, of: n}]}\n"
    )
    assert run(tmp_path, "apply").exit_code == 0
    assert run(tmp_path, "materialize").exit_code == 7
