"""What to expect of one source, in words and as YAML to paste."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from definitions.model import Source
from quality.expectation_yaml import expectation_yaml
from quality.suggestions.history import WEEKS
from quality.suggestions.suggested import Suggested
from quality.words import day_words


@dataclass(frozen=True)
class SourceSuggestion:
    """What held on `days` days of a source, of which `span` is the range (since 1970) and which had `rows`;
    `left_out` others broke what was expected already."""

    source: Source
    suggested: tuple[Suggested, ...] = ()
    rows: int = 0
    span: range = range(0)
    days: int = 0
    left_out: int = 0

    @property
    def words(self) -> tuple[str, ...]:
        """What the suggestions rest on, in sentences."""
        return tuple(self._words())

    def _words(self) -> Iterator[str]:
        name = self.source.name
        if not self.rows and self.left_out:
            yield f"{name}: all of {self.left_out} days broke what is expected already, so there is nothing to go by."
            return
        if not self.rows:
            yield f"{name} has no whole day yet, so there is nothing to go by."
            return
        if self.source.timestamp is None:
            yield f"{name}: {self.rows:,} rows, which have no timestamp: nothing is said of days."
            return
        unit = "day" if self.days == 1 else "days"
        first, last = day_words(self.span[0]), day_words(self.span[-1])
        yield f"{name}: {self.rows:,} rows of {self.days} {unit}, {first} to {last}."
        if self.left_out:
            yield f"Not counting {self.left_out} that broke what is expected already."
        if self.days < 7 * WEEKS:
            yield f"That is less than {WEEKS} weeks: nothing is said of what changes from day to day."
        thin = sum(bool(each.thin) for each in self.suggested)
        if thin:
            yield f"{thin} of {len(self.suggested)} only warn, as there is little to go by."

    @property
    def yaml(self) -> str:
        """The words as comments, and below them what goes into the source."""
        comments = "".join(f"    # {line}\n" for line in self.words)
        return comments + (expectation_yaml(self.suggested) if self.suggested else "")
