"""What the days of a source are like: measured once, remembered, and measured again where their files change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from builders.profiles import MeasureDays, ReadRows
from definitions.durations import BEGINNING, DAY
from definitions.fingerprint import digest, source_fingerprint
from definitions.model import Source
from definitions.statistic import Profile, Statistic, Value
from featurestore.checks.relation_parts import RelationPart
from featurestore.context import Context
from featurestore.registry.profiles import StoredProfile
from featurestore.registry.segments import SourceFile
from featurestore.survey import Survey


@dataclass(frozen=True)
class SourceDays:
    """The days (since 1970) of a part of a relation, as they are of rows before `until` (UTC microseconds). Rows
    without a timestamp are of day 0."""

    context: Context
    part: RelationPart
    until: int

    @property
    def source(self) -> Source:
        return self.part.source

    @property
    def survey(self) -> Survey:
        """What the source's own files hold."""
        return self.part.survey

    @property
    def subject(self) -> str:
        """What its profiles are stored under."""
        return f"source/{source_fingerprint(self.source)}"

    @cached_property
    def present(self) -> tuple[int, ...]:
        """The days that have rows, in their order."""
        if self.source.timestamp is None:
            return (0,)
        days = {day for held in self.survey.held.values() for day in held.days}
        return tuple(sorted(day for day in days if day * DAY < self.until))

    def has_rows(self, day: int) -> bool:
        """Whether a day has rows, whenever they are from."""
        return self.source.timestamp is None or any(day in held.days for held in self.survey.held.values())

    def is_whole(self, day: int) -> bool:
        """Whether the day is over."""
        return self.source.timestamp is None or (day + 1) * DAY <= self.until

    def inputs(self, day: int) -> str:
        """What tells whether a day is what it was: its files, and for a day that is not over up to when."""
        if self.source.timestamp is None:
            return digest(list(map(_identity, self.survey.files_in(BEGINNING, self.until))))
        files = self.survey.files_in(day * DAY, (day + 1) * DAY)
        return digest([list(map(_identity, files)), None if self.is_whole(day) else self.until])

    def stored(self, days: Sequence[int]) -> dict[int, StoredProfile]:
        """What is remembered of days that are still what they were."""
        if not days:
            return {}
        known = self.context.registry.profiles.between(self.subject, min(days), max(days))
        return {day: known[day] for day in days if day in known and known[day].inputs == self.inputs(day)}

    def measure(self, days: Sequence[int], statistics: Sequence[Statistic]) -> dict[int, StoredProfile]:
        """The days with all of these statistics, those that lack some measured in one pass; a day without rows has
        what no rows have."""
        asked = tuple(dict.fromkeys(statistics))
        held = self.stored(days)
        keys = {item.key for item in asked}
        missing = [day for day in days if day not in held or not keys <= held[day].statistics.keys()]
        fresh = self._read(missing, asked) if missing else {}
        measured = []
        for day in missing:
            before = held.get(day, StoredProfile(day, self.inputs(day), {}, {}))
            found = fresh.get(day) or {item: item.of_no_rows for item in asked}
            statistics_of_day = {**before.statistics, **{item.key: found[item] for item in asked}}
            measured.append(StoredProfile(day, before.inputs, statistics_of_day, before.judged))
        self.remember(measured)
        return {**held, **{item.instant: item for item in measured}}

    def remember(self, profiles: Iterable[StoredProfile]) -> None:
        """Keep what was measured or judged."""
        self.context.registry.profiles.record(self.subject, profiles, self.context.clock.now())

    def rows(self, first: int, last: int) -> ReadRows:
        """The source's rows from one day to another, both included, of the files that have any."""
        timed = self.source.timestamp is not None
        within = (first * DAY, min((last + 1) * DAY, self.until)) if timed else (BEGINNING, self.until)
        files = set(self.survey.files_in(*within))

        def listed(member: Source) -> list[SourceFile]:
            return [file for file in self.survey.listed(member) if file in files]

        return ReadRows(self.source, self.context.inspect(self.source, listed), within)

    def _read(self, days: Sequence[int], statistics: tuple[Statistic, ...]) -> Mapping[int, Profile]:
        found = self.context.engine.measure_days(MeasureDays(self.rows(min(days), max(days)), statistics))
        return {0 if day is None else day: profile for day, profile in found.items()}


def profile_of(stored: StoredProfile, statistics: Iterable[Statistic]) -> dict[Statistic, Value]:
    """What is remembered, by its statistics."""
    return {item: _value(stored.statistics[item.key]) for item in statistics}


def _value(held: Any) -> Value:
    value: Value = tuple(held) if isinstance(held, (list, tuple)) else held
    return value


def _identity(file: SourceFile) -> list[Any]:
    return [file.path, file.size, file.modified]
