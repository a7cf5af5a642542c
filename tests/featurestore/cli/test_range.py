"""`featurestore materialize --start --end --full`: what it says of a range, and of what it leaves out."""

from __future__ import annotations

from pathlib import Path

from tests.featurestore.cli.running import document, run

NEXT = "2024-02-17"
"""Where the second segment of the template's purchases begins."""


def test_a_range_says_what_is_missing_before_it_until_it_is_there(new: Path) -> None:
    run(new, "apply")
    first = run(new, "materialize", "--start", "2024-03-01")
    assert first.exit_code == 0, first.stderr
    assert "materialized from 2024-03-01 00:00 UTC until 2024-03-10 12:00 UTC" in first.stdout
    missing = f"purchases_by_customer_1d: tiles are missing from the beginning to {NEXT}T00:00:00Z"
    assert f"note: {missing}; frames read that from the source, and publishing waits" in first.stdout
    again = run(new, "materialize", "--start", "2024-03-01").stdout
    assert "Nothing to do" in again and missing in again
    found = document(run(new, "materialize", "--start", "2024-03-01", "--json"))
    assert (found["start"], found["end"]) == ("2024-03-01T00:00:00Z", "2024-03-10T12:00:00Z")
    assert found["tile_tables"][0]["gaps"] == [{"start": None, "end": f"{NEXT}T00:00:00Z"}]
    assert "are missing from the beginning" in found["published"][0]["reason"]
    whole = document(run(new, "materialize", "--json"))
    assert whole["start"] is None and whole["tile_tables"][0]["gaps"] == []
    assert whole["published"][0]["boundary"] == "2024-03-10T00:00:00Z"


def test_full_over_a_range_builds_one_month_again(built: Path) -> None:
    arguments = ["materialize", "--start", "2024-03-01", "--end", "2024-03-05", "--full", "--json"]
    found = document(run(built, *arguments))
    (table,) = found["tile_tables"]
    assert (table["segments_built"], table["segments_rebuilt"]) == (0, 1)
    assert document(run(built, "materialize", "--json"))["tile_tables"][0]["segments_built"] == 0
    assert "Nothing to do" in run(built, "materialize", "--start", "2024-03-01").stdout


def test_a_start_that_is_not_before_the_end_is_refused(built_repository: Path) -> None:
    result = run(built_repository, "materialize", "--start", "2024-03-05", "--end", "2024-03-05")
    assert result.exit_code == 5
    assert "the start, 2024-03-05T00:00:00Z, is not before the end, 2024-03-05T00:00:00Z" in result.stderr
    assert run(built_repository, "materialize", "--start", "soon").exit_code == 2
