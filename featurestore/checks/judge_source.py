"""A source's days held against what is expected of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from builders.profiles import LookAtRows
from definitions.columns import own_types
from definitions.durations import DAY
from definitions.expectation import Check, Freshness, Stable, Volume
from definitions.statistic import Statistic
from featurestore.checks.drift_figures import drift_figures
from featurestore.checks.judge_on_sample import judge_on_sample, lasting
from featurestore.checks.source_days import SourceDays, profile_of
from featurestore.registry.profiles import StoredProfile
from quality.column_profile import ColumnProfile, column_profile, reference_of
from quality.judgement import Figures, Judgement, check_key, name_checks
from quality.row_checks import RowCheck, source_row_checks
from quality.volume import judge_volume

if TYPE_CHECKING:
    from quality.reference import Reference

REMEMBERED: Final = 26 * 7
"""How many days before one say what is to be expected of it."""
SAMPLE: Final = 50_000
"""How many rows a reference is made of."""

_ROWS: Final = Statistic("rows")


def judge_days(days: SourceDays, chosen: Sequence[int]) -> tuple[Judgement, ...]:
    """What the source expects, of these days, in their order; of a day that is not over no check is made that looks at
    the whole of it. Days that were judged before, and are what they were, are not judged again."""
    return _Judge(days, tuple(chosen)).run() if days.source.expect and chosen else ()


@dataclass(frozen=True)
class _Judge:
    days: SourceDays
    chosen: tuple[int, ...]

    def run(self) -> tuple[Judgement, ...]:
        stored = self.days.stored(self.chosen)
        open_days = [
            day
            for day in self.chosen
            if day not in stored or not self._applicable(day).keys() <= stored[day].judged.keys()
        ]
        if open_days:
            stored |= self._judge(open_days)
        names = _names(self.days)
        return tuple(
            Judgement(check, names[key], day, stored[day].judged[key])
            for day in self.chosen
            for key, check in self._applicable(day).items()
        )

    def _applicable(self, day: int) -> dict[str, Check]:
        """The checks that can be made of a day, by their keys."""
        whole = self.days.is_whole(day)
        return {
            check_key(check): check
            for check in self.days.source.expect
            if _is_of_days(check) and (whole or not _needs_all(check))
        }

    def _judge(self, open_days: Sequence[int]) -> dict[int, StoredProfile]:
        """The open days, judged one after the other, as each may be held against those before."""
        before = self._before(open_days) if self._looks_back else []
        profiles = self.days.measure([*before, *open_days], self._statistics)
        for day in open_days:
            judged = dict(profiles[day].judged)
            missing = {key: check for key, check in self._applicable(day).items() if key not in judged}
            judged |= self._stable_figures(day, missing, profiles)
            judged |= judge_on_sample(self.days, day, missing)
            for key, check in missing.items():
                if key not in judged:
                    judged[key] = self._figures(check, day, profiles)
            profiles[day] = replace(profiles[day], judged=judged)
        self.days.remember(replace(profiles[day], judged=lasting(profiles[day].judged)) for day in open_days)
        return {day: profiles[day] for day in open_days}

    def _before(self, open_days: Sequence[int]) -> list[int]:
        """The days that say what is to be expected of the open ones: those with rows, which are not open themselves."""
        first = min(open_days)
        return [day for day in self.days.present if first - REMEMBERED <= day < max(open_days) and day not in open_days]

    @property
    def _looks_back(self) -> bool:
        return any(isinstance(check, (Stable, Volume)) for check in self.days.source.expect)

    def _figures(self, check: Check, day: int, profiles: Mapping[int, StoredProfile]) -> Figures | None:
        match check:
            case Volume():
                rows = {each: int(held.statistics[_ROWS.key]) for each, held in profiles.items()}
                breach = judge_volume(check, day, rows)
                return None if breach is None else _plain(breach)
            case _:
                row_check = self._row_checks[check_key(check)]
                broken = row_check.judge(profile_of(profiles[day], row_check.statistics))
                return None if broken is None else _plain(broken)

    def _stable_figures(
        self, day: int, checks: Mapping[str, Check], profiles: Mapping[int, StoredProfile]
    ) -> dict[str, Figures | None]:
        """What became of the columns that are to be stable, all at once, by the keys of their checks."""
        stable = {key: check.column or "" for key, check in checks.items() if isinstance(check, Stable)}
        if not stable:
            return {}
        from quality.stability import Column, judge_columns

        days = [at for at in profiles if day - REMEMBERED <= at <= day and profiles[at].statistics[_ROWS.key]]
        columns: dict[str, Column] = {}
        for key, name in stable.items():
            looked_at = self._columns[name]
            reference = self._references.get(looked_at.of or "")
            statistics = looked_at.statistics(reference)
            summaries = {at * DAY: looked_at.summary(profile_of(profiles[at], statistics), reference) for at in days}
            found = [at * DAY for at in days if at < day and profiles[at].judged.get(key)]
            columns[key] = Column(summaries, reference, found, with_rows=not columns)
        verdicts = judge_columns(columns, day * DAY)
        return {key: None if key not in verdicts else drift_figures(verdicts[key]) for key in stable}

    @cached_property
    def _row_checks(self) -> dict[str, RowCheck]:
        return {check_key(each.check): each for each in source_row_checks(self.days.source)}

    @cached_property
    def _columns(self) -> dict[str, ColumnProfile]:
        """The columns that are to be stable."""
        source = self.days.source
        names = [check.column or "" for check in source.expect if isinstance(check, Stable)]
        types, personal = own_types(source), self.days.part.personal
        return {name: column_profile(name, types, source.timestamp, name in personal) for name in names}

    @cached_property
    def _references(self) -> dict[str, Reference]:
        return frozen_references(self.days, self._columns.values()) if self._columns else {}

    @cached_property
    def _statistics(self) -> tuple[Statistic, ...]:
        """Everything that some check needs, each once."""
        needed = [_ROWS, *(item for each in self._row_checks.values() for item in each.statistics)]
        for column in self._columns.values():
            needed += column.statistics(self._references.get(column.of or ""))
        return tuple(dict.fromkeys(needed))


def frozen_references(days: SourceDays, columns: Iterable[ColumnProfile]) -> dict[str, Reference]:
    """What columns are held against, by the expression that they are looked at through: made of a sample of the rows
    that there are when it is first asked for, and never changed."""
    known = days.context.registry.profiles.references(days.subject)
    missing = [column for column in columns if column.of is not None and column.of not in known]
    if not missing or not days.present:
        return _as_references(known)
    names = {f"value_{place}": column.of or "" for place, column in enumerate(missing)}
    rows = days.rows(days.present[0], days.present[-1])
    looked = days.context.engine.look_at_rows(LookAtRows(rows, names, SAMPLE))
    return freeze_references(days, missing, {of: looked.column(name).to_pylist() for name, of in names.items()})


def freeze_references(
    days: SourceDays, columns: Iterable[ColumnProfile], sample: Mapping[str, Sequence[Any]]
) -> dict[str, Reference]:
    """The same of a sample of rows that is there already, by the same expressions; those that are frozen stay."""
    made = {}
    for column in columns:
        reference = None if column.of is None else reference_of(column, sample[column.of], days.source.timestamp)
        if reference is not None and column.of is not None:
            made[column.of] = reference.as_dict()
    return _as_references(days.context.registry.profiles.freeze(days.subject, made, days.context.clock.now()))


def _as_references(plain: Mapping[str, Any]) -> dict[str, Reference]:
    from quality.reference import Reference

    return {of: Reference.from_dict(held) for of, held in plain.items()}


def judge_freshness(days: SourceDays) -> tuple[Judgement, ...]:
    """How old the newest row is; where it is too old, what is held against the check is the day of this row."""
    newest = max(
        (last for held in days.survey.held.values() for _, first, last in held.days.values() if first < days.until),
        default=None,
    )
    if newest is None:
        return ()
    age, names = days.until - newest, _names(days)
    return tuple(
        Judgement(
            check,
            names[check_key(check)],
            newest // DAY,
            {"newest": newest, "age": age, "within": limit} if age > limit else None,
        )
        for check in days.source.expect
        if isinstance(check, Freshness)
        for limit in (check.within.microseconds,)
    )


def _names(days: SourceDays) -> dict[str, str]:
    """What people call the checks of a source, by their keys."""
    return {check_key(check): name for name, check in name_checks(days.source.expect).items()}


def _is_of_days(check: Check) -> bool:
    """Whether it is about a day; how old the newest row is changes from run to run."""
    return not isinstance(check, Freshness)


def _needs_all(check: Check) -> bool:
    """Whether it looks at a day as a whole, which it can only when the day is over."""
    return isinstance(check, (Stable, Volume))


def _plain(found: Any) -> dict[str, Any]:
    """The fields of a frozen value."""
    return {name: getattr(found, name) for name in found.__dataclass_fields__}
