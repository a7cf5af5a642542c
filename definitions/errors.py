"""The one exception family of the product, and where in a file a problem stands.

FeatureStoreError
├── DefinitionError      the YAML says something that cannot be; carries every problem found, each with its place
├── SourceError          a source's data is missing, unreadable or not of the declared shape
├── RequestError         a call asks for something that does not exist or does not fit
├── AccessError          the principal may not do this; names the right, the owner and how to ask for it
├── ConfigurationError   featurestore.yaml or the environment is wrong
├── ConflictError        somebody else holds the lease or changed the state first; run it again
├── TimeLimitError       a computation was cancelled, as it took longer than the engine may
├── OnlineStoreError     the online store does not answer in time, or refuses; names the rows
├── QualityError         rows or values are held back, as they are not as expected; names the findings
├── ValueRangeError      a value left the range that can be computed exactly; names the slot
└── BackupError          a backup is incomplete or damaged, or the store lacks what one would have to hold
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a YAML file; `line` and `column` count from 1."""

    file: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (`message`), where, and what to do about it (`suggestion`, may be empty).

    `severity` is `error` (the repository is refused) or `warning` (it is shown and work goes on).
    `rule` is the short name of the rule that found it, such as `unknown-column`.
    """

    rule: str
    message: str
    location: Location | None = None
    suggestion: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return f"{place}{self.message}{hint} [{self.rule}]"


class FeatureStoreError(Exception):
    """Anything this product refuses: the message says what happened, where, and what to do."""


class DefinitionError(FeatureStoreError):
    """The YAML says something that cannot be; `problems` holds all that was found in one load."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SourceError(FeatureStoreError):
    """A source's data is missing, unreadable or not of the declared shape."""


class RequestError(FeatureStoreError):
    """A call asks for something that does not exist or does not fit what is defined."""


class AccessError(FeatureStoreError):
    """The principal may not do this; the message names the right, whose it is, and how to ask for it."""


class ConfigurationError(FeatureStoreError):
    """featurestore.yaml or the environment is wrong."""


class QualityError(FeatureStoreError):
    """Rows or values are held back, as they are not as expected; the message names what was found."""


class ConflictError(FeatureStoreError):
    """Somebody else holds the lease or changed the state first; nothing was changed, run it again."""


class ReuseError(FeatureStoreError):
    """Columns would be built again whose values are there; nothing was applied, the message has what to use instead."""


class TimeLimitError(FeatureStoreError):
    """A computation was cancelled, as it took longer than the engine may; nothing was changed."""


class OnlineStoreError(FeatureStoreError):
    """The online store does not answer in time, or refuses; the message names the rows that are not written."""


class ValueRangeError(FeatureStoreError):
    """A value left the range that can be computed exactly; the message names the slot."""


class BackupError(FeatureStoreError):
    """A backup is incomplete or damaged, or the store lacks what one would have to hold; the message names the file."""
