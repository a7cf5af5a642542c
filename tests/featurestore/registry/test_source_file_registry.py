"""What was surveyed of a source's files is remembered per source."""

from __future__ import annotations

from dataclasses import replace

from featurestore.registry.registry import Registry
from featurestore.registry.source_files import SurveyedFile

A = SurveyedFile("data/a ☃'.parquet", 10, 1_370_089_800_123_456_789, 5, 1, {-1: (3, -86_400_000_000, -1), 0: (1, 0, 0)})
B = SurveyedFile("data/b.csv", 0, 1, 0, 0, {})


def test_surveyed_files_come_back_as_they_were(registry: Registry) -> None:
    registry.source_files.record("f1", [A, B], 1)
    assert registry.source_files.known("f1") == {A.path: A, B.path: B}
    assert registry.source_files.known("f2") == {}


def test_a_later_survey_takes_the_place_of_the_former(registry: Registry) -> None:
    registry.source_files.record("f1", [A, B], 1)
    changed = replace(A, size=11, days={5: (1, 2, 3)})
    registry.source_files.record("f1", [changed], 2)
    registry.source_files.record("f1", [], 3)
    registry.source_files.record("f2", [A], 3)
    assert registry.source_files.known("f1") == {A.path: changed, B.path: B}
    assert registry.source_files.known("f2") == {A.path: A}


def test_forgotten_files_are_unknown(registry: Registry) -> None:
    registry.source_files.record("f1", [A, B], 1)
    registry.source_files.record("f2", [A], 1)
    registry.source_files.forget("f1", [A.path, "never there"])
    registry.source_files.forget("f1", [])
    assert registry.source_files.known("f1") == {B.path: B}
    assert registry.source_files.known("f2") == {A.path: A}
