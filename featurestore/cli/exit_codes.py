"""What a command's exit code says."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from definitions.errors import (
    AccessError,
    BackupError,
    ConfigurationError,
    ConflictError,
    DefinitionError,
    FeatureStoreError,
    OnlineStoreError,
    QualityError,
    RequestError,
    ReuseError,
    SourceError,
    TimeLimitError,
    ValueRangeError,
)

DONE: Final = 0
FOUND_WANTING: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130

MEANINGS: Final = MappingProxyType(
    {
        DONE: "done",
        FOUND_WANTING: "it ran, and what it found is negative: a test of a view failed, a diagnosis is severe",
        USAGE: "the command line is wrong",
        3: "the definitions or featurestore.yaml are wrong",
        4: "a source's data are missing, unreadable or not as declared",
        5: "the request names what does not exist or does not fit",
        6: "somebody else is at it; run it again",
        7: "a value left the range that can be computed exactly",
        8: "a backup is incomplete or damaged, or cannot be made whole",
        9: "a computation was cancelled at the engine's limit of time",
        10: "the online store does not answer in time, or refuses",
        11: "features would be built again that are there",
        12: "the principal may not do this",
        13: "rows or values are held back, as they are not as expected",
        INTERRUPTED: "interrupted",
    }
)
"""Each exit code in words, for people."""

_CODES: Final[tuple[tuple[type[FeatureStoreError], int], ...]] = (
    (DefinitionError, 3),
    (ConfigurationError, 3),
    (SourceError, 4),
    (RequestError, 5),
    (ConflictError, 6),
    (ValueRangeError, 7),
    (BackupError, 8),
    (TimeLimitError, 9),
    (OnlineStoreError, 10),
    (ReuseError, 11),
    (AccessError, 12),
    (QualityError, 13),
)


def exit_code_of(error: FeatureStoreError) -> int:
    """The exit code with which a command ends that raised `error`."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FOUND_WANTING)
