"""A view's values held against what its features expect, and against what they were like before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from builders.request import RequestedColumn
from definitions.expectation import Check, Stable
from definitions.types import DataType
from featurestore.checks.drift_figures import drift_figures
from featurestore.checks.judged import Judged, always
from featurestore.checks.value_stability import ColumnStability
from featurestore.checks.view_values import ViewValues
from quality.judgement import Judgement, check_name, name_checks
from quality.row_checks import RowCheck, row_check

EVERY_FEATURE: Final = Stable(check="stable")
"""What is expected of each feature without its saying so; it warns."""


@dataclass(frozen=True)
class CheckValues:
    """What is expected of the values of a view, called `name`, at a boundary (UTC microseconds), and whether that is
    so: in one pass over the values of all entities, and none where nothing is expected."""

    name: str
    values: ViewValues
    boundary: int

    @property
    def columns(self) -> Sequence[RequestedColumn]:
        return self.values.columns

    def judge(self) -> Iterator[Judged]:
        """What came of the checks that look at values one by one."""
        checks = [each for column in self.columns for each in _row_checks(column)]
        statistics = tuple(dict.fromkeys(item for _, _, each in checks for item in each.statistics))
        profile = self.values.measure_all(self.boundary, statistics) if checks else None
        if profile is None:
            return
        for column, name, each in checks:
            breach = each.judge(profile)
            figures = None if breach is None else {"broken": breach.broken, "rows": breach.rows}
            yield self._judged(Judgement(each.check, name, self.boundary, figures), column)

    @cached_property
    def stable(self) -> dict[str, tuple[str, Check]]:
        """The columns that are declared to be stable, each with the name of its check and the check."""
        return {
            column.name: (name, check)
            for column in self.columns
            for name, check in name_checks(column.column.feature.expect, column.name).items()
            if isinstance(check, Stable)
        }

    def judge_stable(self, verdicts: Sequence[ColumnStability]) -> Iterator[Judged]:
        """What came of the columns that are declared to be stable; nothing is said without enough evidence."""
        for each in verdicts:
            if each.column in self.stable and each.verdict.standing != "not enough evidence":
                name, check = self.stable[each.column]
                judgement = Judgement(check, name, each.verdict.boundary, drift_figures(each.verdict))
                yield self._judged(judgement, each.column)

    def judge_others(self, verdicts: Sequence[ColumnStability]) -> Iterator[Judged]:
        """What came of all other columns together, as what drifts at one boundary mostly does so for one reason; it
        holds nothing back."""
        from quality.grouping import group_findings

        known = {
            each.column: each.verdict
            for each in verdicts
            if each.column not in self.stable and each.verdict.standing != "not enough evidence"
        }
        if not known:
            return
        found, figures = group_findings(known), None
        if found is not None:
            figures = {**(drift_figures(found.verdict) or {}), "column": found.column, "columns": found.others}
        boundary = max(verdict.boundary for verdict in known.values())
        yield self._judged(Judgement(EVERY_FEATURE, check_name(EVERY_FEATURE), boundary, figures))

    @property
    def subjects(self) -> set[str]:
        """What findings about the view may be called."""
        declared = {name for each in self.columns for name in name_checks(each.column.feature.expect, each.name)}
        return {f"{self.name}:{name}" for name in (*declared, check_name(EVERY_FEATURE))}

    def _judged(self, judgement: Judgement, column: str | None = None) -> Judged:
        about = {"view": self.name, "unit": "boundary"}
        return Judged(
            context=self.values.context,
            about=about if column is None else {**about, "column": column},
            name=judgement.name,
            check=judgement.check,
            judgements=(judgement,),
            inputs=self.values.inputs,
            is_there=always,
            holds=self.columns[0].view.on_block == "hold",
        )


def _row_checks(column: RequestedColumn) -> Iterator[tuple[str, str, RowCheck]]:
    """What a feature column expects of its values one by one: the column's name, the check's, and the check."""
    types: Mapping[str, DataType] = {column.name: column.column.type}
    for name, check in name_checks(column.column.feature.expect, column.name).items():
        of_values = row_check(check, column.name, types)
        if of_values is not None:
            yield column.name, name, of_values
