"""`featurestore erase`: what it asks, what it says, and how it ends."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from featurestore.cli.main import main
from tests.featurestore.cli.running import NOW, document, run

ERASE = ("erase", "--entity", "customer_id=1", "--reason", "request 117")


def test_an_entity_is_erased_for_people_and_for_programs(built: Path) -> None:
    told = run(built, *ERASE, "--yes")
    assert told.exit_code == 0, told.stderr
    assert "erased, as erasure 1" in told.stdout
    assert "1 row emptied online" in told.stdout
    assert "note: source purchases still holds" in told.stdout and "backups made before" in told.stdout
    looked_up = document(run(built, "online", "recommendations", "--entity", "customer_id=1", "--json"))
    assert looked_up["rows"][0]["purchases_28d"] == 0 and looked_up["rows"][0]["latest"] is None
    found = document(run(built, *ERASE, "--json"))
    assert (found["number"], found["keys"], found["tiles"], found["resumed"]) == (2, ["customer_id"], 0, False)
    assert found["sources"]["purchases"] > 0


def test_it_asks_before_it_erases(built: Path) -> None:
    arguments = [*ERASE, "--repository", str(built), "--now", NOW]
    refused = CliRunner().invoke(main, arguments, input="n\n")
    assert refused.exit_code == 1 and "cannot be undone" in refused.output
    assert "customer_id=1" not in refused.output
    agreed = CliRunner().invoke(main, arguments, input="y\n")
    assert agreed.exit_code == 0 and "erasure 1" in agreed.output


def test_without_a_reason_or_with_an_unknown_key_nothing_is_erased(built: Path) -> None:
    assert run(built, "erase", "--entity", "customer_id=1").exit_code == 2
    assert run(built, "erase", "--entity", "customer_id", "--reason", "x").exit_code == 2
    unknown = run(built, "erase", "--entity", "costumer_id=1", "--reason", "x", "--yes")
    assert unknown.exit_code == 5 and "did you mean 'customer_id'?" in unknown.stderr
    assert run(built, "erase", "--entity", "customer_id=one", "--reason", "x", "--yes").exit_code == 5


def test_a_frame_that_is_had_again_says_that_somebody_was_erased(built: Path, tmp_path: Path) -> None:
    spine = tmp_path / "spine.csv"
    spine.write_text("customer_id,event_timestamp\n1,2024-03-08\n2,2024-03-08\n", encoding="utf-8")
    manifest, out = tmp_path / "manifest.json", tmp_path / "frame.parquet"
    run(built, "historical", spine, "recommendations", "--out", out, "--manifest", manifest)
    run(built, *ERASE, "--yes")
    again = run(built, "historical", spine, "--reproduce", manifest, "--out", out)
    assert again.exit_code == 0, again.stderr
    assert "1 erasure since the frame was made" in again.stdout
    found = document(run(built, "historical", spine, "--reproduce", manifest, "--out", out, "--json"))
    assert found["erased_since"] == [1]
