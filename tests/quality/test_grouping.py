from __future__ import annotations

from quality.grouping import group_findings
from quality.scores import Observation
from quality.stability import Verdict


def verdict(score: float, since: int | None = None) -> Verdict:
    observation = Observation("rows", "", 5.0, 10.0, 8.0, 12.0, score)
    return Verdict(9, "stable" if since is None else "drifting", observation, since=since)


def test_findings_of_one_source_at_one_boundary_are_one_that_names_the_strongest() -> None:
    verdicts = {"a": verdict(6.0, since=9), "b": verdict(8.0, since=9), "c": verdict(7.0, since=4), "d": verdict(1.0)}
    found = group_findings(verdicts)
    assert found is not None
    assert (found.column, found.others, found.since, found.boundary) == ("b", 2, 4, 9)
    assert found.verdict is verdicts["b"]


def test_of_equal_findings_the_first_by_name_is_named() -> None:
    found = group_findings({"b": verdict(6.0, since=9), "a": verdict(6.0, since=9)})
    assert found is not None
    assert found.column == "a"


def test_where_nothing_drifts_there_is_no_finding() -> None:
    assert group_findings({"a": verdict(1.0), "b": verdict(2.0)}) is None
