"""The commands from an empty folder to a look-up, as people read them and as programs do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from tests.featurestore.cli.running import NOW, document, invoke, run

COLUMNS = ["purchases_7d", "purchases_28d", "spent_7d", "spent_28d", "biggest_28d", "latest"]


def write_entities(path: Path) -> Path:
    instants = ["2024-03-05T09:00:00Z", "2024-03-10T12:00:00Z"]
    rows = pa.table({"note": ["a", "b"], "customer_id": [3, 99], "event_timestamp": instants})
    typed = rows.set_column(2, "event_timestamp", rows["event_timestamp"].cast(pa.timestamp("us", "UTC")))
    pq.write_table(typed, path)
    return path


def test_init_says_what_it_wrote_and_what_to_type_next(tmp_path: Path) -> None:
    result = invoke("init", tmp_path / "mine", "--now", NOW)
    assert result.exit_code == 0
    assert "features.yaml" in result.stdout
    assert f"Next: cd {tmp_path / 'mine'}; featurestore validate" in result.stdout


def test_init_for_programs_lists_the_files(tmp_path: Path) -> None:
    found = document(invoke("init", tmp_path / "mine", "--json"))
    assert "data/purchases.csv" in found["files"]
    assert all((tmp_path / "mine" / file).is_file() for file in found["files"])


def test_validate_counts_what_there_is(new_repository: Path) -> None:
    result = run(new_repository, "validate")
    assert result.stdout.split("valid ")[1].strip() == (
        "1 entity, 1 source, 1 feature view, 6 feature columns, 1 feature service, 1 test"
    )


def test_validate_shows_warnings_with_their_place(new: Path) -> None:
    extra = "\nsources:\n  - {name: ages, path: data/ages.csv, columns: {customer_id: bigint}}\n"
    (new / "more.yaml").write_text(extra)
    result = run(new, "validate")
    assert result.exit_code == 0
    assert "more.yaml:3:12: the source 'ages' has no timestamp" in result.stdout
    found = document(run(new, "validate", "--json"))
    assert found["sources"] == 2
    assert [(warning["rule"], warning["line"]) for warning in found["warnings"]] == [("source-without-timestamp", 3)]


def test_test_runs_the_views_own_tests(built_repository: Path) -> None:
    result = run(built_repository, "test")
    assert result.exit_code == 0
    assert "passed  customer_purchases: returned purchases" in result.stdout
    assert "1 test on duckdb, none failed." in result.stdout
    found = document(run(built_repository, "test", "customer_purchases", "--json"))
    assert (found["passed"], found["failed"]) == (1, 0)


def test_apply_says_what_changed_and_the_second_time_that_nothing_does(new: Path) -> None:
    first = run(new, "apply")
    assert "applied revision 1, by " in first.stdout
    assert first.stderr == ""
    second = run(new, "apply")
    assert "Nothing to apply: revision 1" in second.stdout


def test_apply_for_programs_prints_no_notice(new: Path) -> None:
    found = document(run(new, "apply", "--json"))
    assert found["revision"] == 1
    assert {"what": "created", "kind": "feature_view", "name": "customer_purchases", "version": 1} in found["changes"]


def test_materialize_says_what_it_did_and_the_second_time_that_there_is_nothing_to_do(new: Path) -> None:
    run(new, "apply")
    first = run(new, "materialize", "--end", "2024-03-09")
    assert first.exit_code == 0
    assert "materialized until 2024-03-09 00:00 UTC" in first.stdout
    assert "purchases_by_customer_1d" in first.stdout
    assert "2024-03-08 00:00 UTC" in first.stdout
    second = run(new, "materialize", "--end", "2024-03-09")
    assert second.stdout == "Nothing to do: everything is up to date at 2024-03-09 00:00 UTC.\n"
    full = document(run(new, "materialize", "customer_purchases", "--end", "2024-03-09", "--full", "--json"))
    assert full["did_nothing"] is False
    assert full["tile_tables"][0]["segments_rebuilt"] > 0


def test_materialize_offline_only_leaves_publishing_to_publish(new: Path) -> None:
    run(new, "apply")
    assert "materialize" in run(new, "publish").stdout
    offline = document(run(new, "materialize", "--offline-only", "--json"))
    assert (offline["did_nothing"], offline["published"]) == (False, [])
    assert "is not online" in run(new, "online", "recommendations", "--entity", "customer_id=3").stderr
    published = document(run(new, "publish", "--json"))
    assert [(item["view"], item["boundary"], item["entities"]) for item in published["published"]] == [
        ("customer_purchases", "2024-03-10T00:00:00Z", 5)
    ]
    again = run(new, "publish", "customer_purchases")
    assert "Nothing to publish" in again.stdout
    assert "nothing changed since it was published" in again.stdout


def test_online_looks_one_entity_up(built_repository: Path) -> None:
    result = run(built_repository, "online", "recommendations", "--entity", "customer_id=3")
    assert result.exit_code == 0, result.stderr
    assert "spent_28d" in result.stdout
    assert "customer_purchases: as of 2024-03-10 00:00 UTC" in result.stdout


def test_online_looks_many_entities_up_from_a_file(built_repository: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.json"
    rows.write_text(json.dumps([{"customer_id": 3}, {"customer_id": 99}, {"customer_id": None}]))
    references = ["customer_purchases:purchases_28d", "customer_purchases:latest"]
    found = document(run(built_repository, "online", *references, "--rows", rows, "--json"))
    assert found["rows"][1:] == [
        {"customer_id": 99, "purchases_28d": 0, "latest": None},
        {"customer_id": None, "purchases_28d": 0, "latest": None},
    ]
    assert found["rows"][0]["purchases_28d"] > 0
    assert found["freshness"][0]["watermark"] == "2024-03-10T00:00:00Z"
    assert "null" in run(built_repository, "online", *references, "--rows", rows).stdout


def test_historical_writes_a_training_frame_and_its_manifest(built_repository: Path, tmp_path: Path) -> None:
    entities = write_entities(tmp_path / "entities.parquet")
    out, manifest = tmp_path / "frame.parquet", tmp_path / "manifest.json"
    arguments = ["historical", entities, "recommendations", "--out", out, "--manifest", manifest]
    result = run(built_repository, *arguments)
    assert result.exit_code == 0, result.stderr
    assert "Wrote 2 rows with 6 feature columns to" in result.stdout
    frame = pq.read_table(out)
    assert frame.column_names == ["note", "customer_id", "event_timestamp", *COLUMNS]
    assert json.loads(manifest.read_text())["spine"]["rows"] == 2
    assert document(run(built_repository, *arguments, "--json"))["features"] == COLUMNS


def test_historical_equals_online_at_the_same_instant(built_repository: Path, tmp_path: Path) -> None:
    out = tmp_path / "frame.csv"
    assert run(built_repository, "historical", "--as-of", NOW, "recommendations", "--out", out).exit_code == 0
    frame = {row["customer_id"]: row for row in csv.read_csv(out).to_pylist()}
    assert sorted(frame) == [1, 2, 3, 4, 5]
    online = document(run(built_repository, "online", "recommendations", "--entity", "customer_id=4", "--json"))
    assert {name: str(value) for name, value in online["rows"][0].items()} == {
        name: f"{value:.2f}" if name.startswith(("spent", "biggest", "latest")) else str(value)
        for name, value in frame[4].items()
    }


def test_historical_reads_csv_with_keys_of_the_entitys_type(built_repository: Path, tmp_path: Path) -> None:
    entities, out = tmp_path / "entities.csv", tmp_path / "frame.parquet"
    entities.write_text("customer_id,asked\n3,2024-03-10T12:00:00Z\n,2024-03-10T12:00:00Z\n")
    arguments = [entities, "customer_purchases:purchases_28d", "--out", out, "--timestamp", "asked"]
    result = run(built_repository, "historical", *arguments)
    assert result.exit_code == 0, result.stderr
    found = pq.read_table(out)
    assert found.column("purchases_28d").to_pylist()[1] == 0
    assert found.column("purchases_28d").to_pylist()[0] > 0


def test_explain_needs_no_entity_dataframe(built_repository: Path, new: Path) -> None:
    result = run(built_repository, "explain", "recommendations", "--analyze")
    assert result.exit_code == 0, result.stderr
    assert "purchases_by_customer_1d" in result.stdout
    assert re.search(r"^ +5 +5 +1\.00  spine: ", result.stdout, re.M)
    told = document(run(built_repository, "explain", "recommendations", "--analyze", "--json"))
    (spine,) = [step for step in told["steps"] if step["step"] == "spine"]
    assert (spine["expected"], spine["found"], spine["factor"], spine["off"]) == (5, 5, 1.0, False)
    assert {"tile_table", "grid", "form", "slot_windows", "reason"} == set(told["forms"][0])
    assert "SELECT" not in result.stdout
    run(new, "apply")
    before = run(new, "explain", "recommendations")
    assert "straight from the source" in before.stdout


def test_explain_takes_an_entity_dataframe_and_shows_the_sql(built_repository: Path, tmp_path: Path) -> None:
    entities = write_entities(tmp_path / "entities.parquet")
    arguments = ["explain", "customer_purchases:latest", "--entity-df", entities, "--sql"]
    result = run(built_repository, *arguments)
    assert "SELECT" in result.stdout
    found = document(run(built_repository, *arguments, "--json"))
    assert (found["rows"], found["features"]) == (2, ["latest"])


def test_vacuum_deletes_what_was_superseded(built: Path) -> None:
    assert "Nothing to delete that is older than 7d." in run(built, "vacuum").stdout
    run(built, "materialize", "--full")
    later = invoke("vacuum", "--minimum-age", "1d", "--repository", built, "--now", "2024-03-12")
    assert "segments of" in later.stdout
    assert document(run(built, "vacuum", "--json"))["segments"] == 0


def test_environments_are_apart(new: Path) -> None:
    with (new / "featurestore.yaml").open("a") as file:
        file.write("environments:\n  dev: {}\n")
    assert run(new, "apply", "--environment", "dev").exit_code == 0
    assert document(run(new, "plan", "--environment", "dev", "--json"))["changes"] == []
    assert len(document(run(new, "plan", "--json"))["changes"]) == 4
