"""What is said of real applications: one with much wrong with it, and that of `explain`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from builders.spark.diagnosis import Diagnosis, Symptom, diagnose
from builders.spark.event_log_files import list_event_log_files
from builders.spark.event_log_lines import read_lines
from definitions.errors import RequestError
from tests.builders.spark.ailing_application import TEXT

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def ailing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an application with much wrong with it, which has ended."""
    folder = tmp_path_factory.mktemp("ailing")
    command = [sys.executable, "-m", "tests.builders.spark.ailing_application", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def diagnosis(ailing: Path) -> Diagnosis:
    return diagnose(ailing / "logs")


def _symptom(diagnosis: Diagnosis, name: str) -> Symptom:
    (found,) = [symptom for symptom in diagnosis.symptoms if symptom.name == name]
    return found


def test_a_log_as_spark_writes_it_is_read_to_its_end(diagnosis: Diagnosis) -> None:
    assert diagnosis.facts.ended
    assert diagnosis.facts.name == "ailing"
    assert all(stage.cores == 2 for stage in diagnosis.facts.stages)


def test_a_task_that_the_others_waited_for_is_found(diagnosis: Diagnosis) -> None:
    symptom = _symptom(diagnosis, "skewed time")
    assert symptom.what.startswith("the longest of 8 tasks took ")
    assert symptom.figure > 4


def test_a_sort_that_did_not_fit_memory_is_found(diagnosis: Diagnosis) -> None:
    symptom = _symptom(diagnosis, "spill")
    assert "Window" in symptom.where
    assert symptom.figure > 64_000_000


def test_partitions_of_next_to_nothing_are_found(diagnosis: Diagnosis) -> None:
    assert _symptom(diagnosis, "tiny tasks").what.startswith("400 tasks computed for ")


def test_files_of_next_to_nothing_are_found_where_they_were_read(diagnosis: Diagnosis) -> None:
    symptom = _symptom(diagnosis, "small files")
    assert symptom.what.startswith("60 files of ")
    assert "Scan parquet" in symptom.where


def test_what_a_task_raised_is_told(diagnosis: Diagnosis) -> None:
    for name in ("failed stage", "failed tasks"):
        assert "the disk is full" in _symptom(diagnosis, name).what


@pytest.mark.parametrize("codec", ["zstd", "lz4", "snappy"])
def test_what_spark_compresses_is_read_and_where_it_was_cut_off_until_there(ailing: Path, codec: str) -> None:
    file = ailing / f"text.{codec}"
    lines = TEXT.splitlines()
    assert list(read_lines(file)) == lines
    held = file.read_bytes()
    assert len(held) < len(TEXT)
    for length in (40, len(held) // 2, len(held) - 40):
        cut = ailing / f"cut.{codec}"
        cut.write_bytes(held[:length])
        read = list(read_lines(cut))
        assert read[:-1] == lines[: max(len(read) - 1, 0)]
        assert len(read) < len(lines) or read == lines


def test_a_codec_that_cannot_be_read_is_refused_with_the_setting(ailing: Path) -> None:
    with pytest.raises(RequestError, match=r"text\.lzf .*spark\.eventLog\.compress=false"):
        list(read_lines(ailing / "text.lzf"))


def test_a_log_in_the_making_is_read_as_far_as_it_is(ailing: Path, tmp_path: Path) -> None:
    (whole,) = list_event_log_files(ailing / "logs")
    cut = tmp_path / f"{whole.name}.inprogress"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    begun = diagnose(cut)
    assert not begun.facts.ended
    assert begun.facts.stages
