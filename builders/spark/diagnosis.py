"""What is wrong with an application of Spark, by its event log: symptoms, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from builders.figures import size_words
from builders.spark.heuristics import HEURISTICS, Severity
from builders.spark.stage_facts import ApplicationFacts, StageFacts

_SHOWN: Final = 5
"""Stages that are shown of each kind of symptom; the others are counted."""


@dataclass(frozen=True, slots=True)
class ShuffleBudget:
    """What an application may shuffle at most; None is no limit. `exchanges` are stages that write for others, `bytes`
    what they write in all."""

    exchanges: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that is wrong: `where` it was seen, `what` was seen, why it matters, and what to set or do. `stage` is
    None where it is the application's."""

    name: str
    severity: Severity
    stage: int | None
    where: str
    figure: float
    what: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """An application and its symptoms, the severe ones first, and then those of the stages that took longest."""

    facts: ApplicationFacts
    symptoms: tuple[Symptom, ...]

    @property
    def is_severe(self) -> bool:
        """Whether any symptom is."""
        return any(symptom.severity == "severe" for symptom in self.symptoms)

    @property
    def lines(self) -> list[str]:
        """For people: each kind of symptom once, with the stages that have it."""
        stages = self.facts.stages
        tasks = sum(stage.tasks for stage in stages)
        lines = [f"stages: {len(stages):,}, tasks: {tasks:,}{'' if self.symptoms else '; nothing stands out'}"]
        if not self.facts.ended:
            lines.append("the log has no end: the application still runs or was killed, and what came last may lack")
        ordered = groupby(self.symptoms, key=lambda symptom: (symptom.severity, symptom.name))
        for (severity, name), group in ordered:
            lines += ["", f"{severity}: {name}", *_tell(list(group))]
        return lines

    @property
    def document(self) -> dict[str, Any]:
        """The same for programs; figures in milliseconds, bytes, shares or numbers, as their words say."""
        return {
            "application": self.facts.application,
            "name": self.facts.name,
            "ended": self.facts.ended,
            "stages": len(self.facts.stages),
            "tasks": sum(stage.tasks for stage in self.facts.stages),
            "symptoms": [asdict(symptom) for symptom in self.symptoms],
        }


def diagnose(event_log: Path, budget: ShuffleBudget | None = None) -> Diagnosis:
    """Read an event log, and tell what is wrong with the application that wrote it, and whether it kept to a budget.

    `event_log` is a file, the folder of one that rolls, or a folder of logs, of which the newest is read.

    Raises:
        RequestError: there is no event log, it is compressed with what cannot be read here, or a line is damaged.
    """
    from builders.spark.event_log import read_event_log

    return diagnose_facts(read_event_log(event_log), budget)


def diagnose_facts(facts: ApplicationFacts, budget: ShuffleBudget | None = None) -> Diagnosis:
    """The same, of facts that have been read."""
    longest_first = sorted(facts.stages, key=lambda stage: -stage.run.total)
    found = [*_symptoms_of_stages(longest_first), *_over_budget(facts.stages, budget or ShuffleBudget())]
    return Diagnosis(facts, tuple(sorted(found, key=lambda symptom: symptom.severity != "severe")))


def _symptoms_of_stages(stages: Sequence[StageFacts]) -> Iterator[Symptom]:
    for heuristic in HEURISTICS:
        for stage in stages:
            judged = heuristic.judge(stage)
            if judged is not None:
                severity, figure = judged
                yield Symptom(
                    name=heuristic.name,
                    severity=severity,
                    stage=stage.stage,
                    where=stage.label,
                    figure=figure,
                    what=heuristic.see(stage),
                    why=heuristic.why,
                    remedy=heuristic.remedy,
                )


def _over_budget(stages: Sequence[StageFacts], budget: ShuffleBudget) -> Iterator[Symptom]:
    writing = sorted((stage for stage in stages if stage.shuffle_written), key=lambda stage: -stage.shuffle_written)
    written = sum(stage.shuffle_written for stage in writing)
    largest = "; ".join(f"{size_words(stage.shuffle_written)} by {stage.label}" for stage in writing[:_SHOWN])
    measured = (
        (budget.exchanges, len(writing), f"{len(writing):,} exchanges where {budget.exchanges or 0:,} were to be"),
        (budget.bytes, written, f"{size_words(written)} shuffled where {size_words(budget.bytes or 0)} were to be"),
    )
    for allowed, figure, told in measured:
        if allowed is not None and figure > allowed:
            yield Symptom(
                name="shuffles over budget",
                severity="severe",
                stage=None,
                where="the application",
                figure=figure,
                what=f"{told}; most of it {largest}",
                why="what is shuffled is written to disk, sent and read again",
                remedy="run `featurestore materialize`, so that tiles move in place of rows; "
                "`featurestore explain --engine spark --analyze` shows what moves for a frame, and by which columns",
            )


def _tell(symptoms: Sequence[Symptom]) -> Iterator[str]:
    for symptom in symptoms[:_SHOWN]:
        yield f"  {symptom.where}: {symptom.what}"
    if len(symptoms) > _SHOWN:
        yield f"  and {len(symptoms) - _SHOWN:,} more stages"
    yield f"  why: {symptoms[0].why}"
    yield f"  do: {symptoms[0].remedy}"
