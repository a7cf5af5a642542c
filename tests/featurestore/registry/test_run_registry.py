"""Runs are logged from their beginning to their end."""

from __future__ import annotations

import pytest

from definitions.errors import RequestError
from featurestore.registry.registry import Registry


def test_a_run_is_seen_while_it_runs_and_after(registry: Registry) -> None:
    run = registry.runs.start("materialize", {"views": ["a"]}, 5)
    (running,) = registry.runs.recent(10)
    assert (running.id, running.state, running.outcome, running.finished_at) == (run, "running", None, None)
    registry.runs.finish(run, "failed", {"reason": "disk full"}, 9)
    (ended,) = registry.runs.recent(10)
    assert (ended.kind, ended.state, ended.detail) == ("materialize", "failed", {"views": ["a"]})
    assert (ended.outcome, ended.started_at, ended.finished_at) == ({"reason": "disk full"}, 5, 9)


def test_the_last_runs_come_first(registry: Registry) -> None:
    runs = [registry.runs.start("publish", {}, now) for now in range(5)]
    assert [run.id for run in registry.runs.recent(2)] == [runs[4], runs[3]]


def test_a_run_that_never_began_cannot_end(registry: Registry) -> None:
    with pytest.raises(RequestError, match="no run 7"):
        registry.runs.finish(7, "succeeded", {}, 1)
