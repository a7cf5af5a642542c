"""Going back to an earlier generation from a terminal, and what later commands say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.featurestore.cli.running import document, edit, invoke, run

VIEW = "customer_purchases"
RELEASE = f"`featurestore publish {VIEW} --generation latest`"


@pytest.fixture
def wrong(built: Path) -> Path:
    """A repository whose present computation is a mistake: returned purchases count."""
    edit(built, "agg: max, of: amount", "agg: max, of: amount, where: returned")
    assert run(built, "apply").exit_code == 0
    assert run(built, "materialize").exit_code == 0
    return built


def _biggest(repository: Path) -> str:
    asked = run(repository, "online", f"{VIEW}:biggest_28d", "--entity", "customer_id=3", "--json")
    return str(document(asked)["rows"][0]["biggest_28d"])


def test_from_a_mistake_back_and_on_again(built: Path) -> None:
    right = _biggest(built)
    edit(built, "agg: max, of: amount", "agg: max, of: amount, where: returned")
    run(built, "apply")
    run(built, "materialize")
    mistaken = _biggest(built)
    assert mistaken != right

    listed = run(built, "publish", VIEW, "--generations").stdout
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [["1", "previous"], ["2", "current"]]
    back = run(built, "publish", VIEW, "--generation", "1", "--reason", "returned ones count")
    assert back.exit_code == 0, back.stderr
    assert "readers went to it" in back.stdout
    assert "is held at generation 1 since 2024-03-10 12:00 UTC by " in back.stdout
    assert "returned ones count" in back.stdout and RELEASE in back.stdout
    assert _biggest(built) == right
    assert "current, held" in run(built, "publish", VIEW, "--generations").stdout

    for command in ("materialize", "publish"):
        again = run(built, command).stdout
        assert "is held at generation 1" in again and RELEASE in again
        assert _biggest(built) == right
    later = invoke("materialize", "--repository", built, "--now", "2024-03-12T12:00:00Z")
    assert "2024-03-12 00:00 UTC" in later.stdout and "is held at generation 1" in later.stdout

    on = invoke("publish", VIEW, "--generation", "latest", "--repository", built, "--now", "2024-03-12T12:00:00Z")
    assert on.exit_code == 0 and "is held" not in on.stdout
    assert _biggest(built) == mistaken
    assert "held" not in run(built, "publish", VIEW, "--generations").stdout


def test_programs_are_told_of_generations_and_holds(wrong: Path) -> None:
    run(wrong, "publish", VIEW, "--generation", "1", "--reason", "wrong", "--json")
    first, second = document(run(wrong, "publish", VIEW, "--generations", "--json"))["generations"]
    assert (first["generation"], first["state"], first["version"], first["entities"]) == (1, "current", 1, 5)
    assert first["watermark"] == "2024-03-10T00:00:00Z" and first["created"] == "2024-03-10T12:00:00Z"
    assert first["hold"]["reason"] == "wrong" and first["hold"]["since"] == "2024-03-10T12:00:00Z"
    assert (second["state"], second["version"], second["hold"]) == ("previous", 2, None)
    assert len(second["fingerprint"]) == 16
    (published,) = document(run(wrong, "materialize", "--json"))["published"]
    assert (published["generation"], published["hold"]["generation"]) == (1, 1)


def test_a_generation_that_is_not_there_is_refused(wrong: Path) -> None:
    result = run(wrong, "publish", VIEW, "--generation", "7")
    assert result.exit_code == 5
    assert f"{VIEW} has no generation 7; it has 1, 2" in result.stderr
    assert run(wrong, "publish", "purchases_of_customers", "--generations").exit_code == 5


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--generation", "1"], "name one VIEW"),
        ([VIEW, "other", "--generations"], "name one VIEW"),
        ([VIEW, "--generation", "first"], "'first' is no generation"),
        ([VIEW, "--generations", "--generation", "1"], "only lists"),
        ([VIEW, "--reason", "because"], "it goes with --generation N"),
        ([VIEW, "--generation", "latest", "--reason", "because"], "it goes with --generation N"),
        ([VIEW, "--generation", "1", "--end", "2024-03-10"], "served as it is"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2(built_repository: Path, arguments: list[str], expected: str) -> None:
    result = run(built_repository, "publish", *arguments)
    assert result.exit_code == 2
    assert expected in result.stderr
