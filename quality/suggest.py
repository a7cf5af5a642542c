"""What to expect of a source, from its history: every rule proposes what held all along.

In two steps, so that rows are read but twice: what a sample lets one expect is proposed, and what was so on every day,
counted exactly, is suggested.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from definitions.expectation import Check, InSet, Matches, OfColumn, Unique
from definitions.statistic import Statistic
from quality.row_checks import RowCheck, row_check
from quality.suggestions.column_orders import propose_column_orders
from quality.suggestions.history import ROWS, SourceHistory, SourceSample
from quality.suggestions.number_ranges import range_statistics, suggest_ranges
from quality.suggestions.present_values import suggest_present_values
from quality.suggestions.stable_columns import suggest_stable_columns
from quality.suggestions.suggested import Suggested, suggested, thin_evidence
from quality.suggestions.text_shapes import propose_text_shapes
from quality.suggestions.unique_columns import keep_fewest, propose_unique_columns
from quality.suggestions.value_sets import propose_value_sets, rare_values
from quality.suggestions.whole_days import suggest_freshness, suggest_volume

if TYPE_CHECKING:
    from quality.reference import Reference


@dataclass(frozen=True)
class Proposal:
    """What a sample of a source's rows lets one expect of all of them."""

    sample: SourceSample

    @cached_property
    def row_checks(self) -> tuple[RowCheck, ...]:
        """Checks of single rows; whether they hold of all is yet to be counted."""
        sample = self.sample
        proposed: list[Check] = [
            *propose_unique_columns(sample),
            *propose_value_sets(sample),
            *propose_text_shapes(sample),
            *propose_column_orders(sample),
        ]
        columns = [(check, check.column if isinstance(check, OfColumn) else None) for check in proposed]
        found = (row_check(check, column, sample.types) for check, column in columns)
        return tuple(each for each in found if each is not None)

    def statistics(self, references: Mapping[str, Reference]) -> tuple[Statistic, ...]:
        """What has to be known of each day, each once."""
        needed = [ROWS, *(item for each in self.row_checks for item in each.statistics)]
        for looked_at in self.sample.profiles.values():
            needed += looked_at.statistics(references.get(looked_at.of or ""))
        return tuple(dict.fromkeys([*needed, *range_statistics(self.sample)]))

    def settle(self, history: SourceHistory) -> tuple[Suggested, ...]:
        """What held on every day of the history; what compares days only where there are weeks of them."""
        if not history.days:
            return ()
        found = [*suggest_present_values(history), *self._held(history)]
        if history.has_weeks:
            found += [*suggest_ranges(history), *suggest_stable_columns(history)]
            found += [*suggest_volume(history), *suggest_freshness(history)]
        return tuple(found)

    def _held(self, history: SourceHistory) -> Iterator[Suggested]:
        """The checks of rows that no row broke; of a text with few values its shape goes without saying."""
        held = [each for each in self.row_checks if not history.total(each.broken)]
        fewest = keep_fewest(each.check for each in held if isinstance(each.check, Unique))
        listed = {each.check.column for each in held if isinstance(each.check, InSet)}
        for each in held:
            check = each.check
            if isinstance(check, Unique) and check not in fewest:
                continue
            if isinstance(check, Matches) and check.column in listed:
                continue
            passed_over = 0 if each.passed_over is None else history.total(each.passed_over)
            thin = thin_evidence(history, history.rows - passed_over)
            if isinstance(check, InSet):
                thin = rare_values(self.sample, check) or thin
            yield suggested(check, thin)
