"""`featurestore compact`, and what `materialize` says of what it compacted."""

from __future__ import annotations

from pathlib import Path

import pytest

from featurestore import materialize
from featurestore.compact import Compaction
from tests.featurestore.cli.running import document, run

DAYS = range(1, 10)


def test_a_run_says_what_became_one_and_then_there_is_nothing_left_to_do(new: Path) -> None:
    run(new, "apply")
    runs = [run(new, "materialize", "--end", f"2024-03-0{day}").stdout for day in DAYS]
    assert [text.count("purchases_by_customer_1d: 8 segments became 1") for text in runs] == [0] * 8 + [1]
    result = run(new, "compact")
    assert result.exit_code == 0, result.stderr
    assert "Nothing to do" in result.stdout
    assert document(run(new, "compact", "--json")) == {"tile_tables": []}


def test_tiles_that_were_left_as_they_are_become_one_by_the_command(new: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(new, "apply")
    with monkeypatch.context() as patch:
        patch.setattr(materialize, "compact_table", lambda context, lease, table, survey: Compaction(table.label))
        for day in DAYS:
            run(new, "materialize", "--end", f"2024-03-0{day}")
    found = document(run(new, "compact", "--json"))
    assert found == {"tile_tables": [{"label": "purchases_by_customer_1d", "before": 8, "after": 1}]}


def test_an_unknown_view_is_refused_with_a_suggestion(built: Path) -> None:
    result = run(built, "compact", "customer_purchase")
    assert result.exit_code != 0
    assert "did you mean" in result.stderr
