"""What an application's stages did, in figures; all that a diagnosis knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Distribution:
    """How something was spread over the tasks that finished; the median is the lower one."""

    total: int
    median: int
    largest: int

    @staticmethod
    def of(values: Sequence[int]) -> Distribution:
        """Of the values of all tasks; nothing is zero throughout."""
        if not values:
            return NOTHING
        ordered = sorted(values)
        return Distribution(sum(ordered), ordered[(len(ordered) - 1) // 2], ordered[-1])


NOTHING: Final = Distribution(0, 0, 0)


@dataclass(frozen=True, slots=True)
class StageFacts:
    """One attempt of one stage. `run` is the milliseconds that each task computed, `garbage` those of them that went
    into collecting garbage; `input`, `shuffle_read` and all else that was read, written or spilled is in bytes."""

    stage: int
    attempt: int = 0
    name: str = ""
    operators: tuple[str, ...] = ()
    tasks: int = 0
    """How many were planned; `failed` counts attempts of them."""
    cores: int = 0
    """How many tasks could have run at a time; 0 where it is unknown."""
    run: Distribution = NOTHING
    garbage: int = 0
    input: Distribution = NOTHING
    shuffle_read: Distribution = NOTHING
    shuffle_written: int = 0
    memory_spilled: int = 0
    disk_spilled: int = 0
    files: int = 0
    file_bytes: int = 0
    failed: int = 0
    task_failure: str = ""
    failure: str = ""
    """Why the stage failed as a whole; empty where it did not."""

    @property
    def label(self) -> str:
        """The stage for people: `stage 3, collect at job.py:12 (Exchange, Window)`."""
        again = f" (attempt {self.attempt + 1})" if self.attempt else ""
        made_of = f" ({', '.join(self.operators)})" if self.operators else ""
        return f"stage {self.stage}{again}, {self.name}{made_of}"


@dataclass(frozen=True, slots=True)
class ApplicationFacts:
    """An application; `ended` says whether the log has its end too."""

    application: str
    name: str
    ended: bool
    stages: tuple[StageFacts, ...]
