"""In which order two workers take the tests, so that neither works long after the other, nor starts what the other has.

The unit is a file, and whole folders where all tests share something that takes long to start.
"""

from __future__ import annotations

from typing import Final

from xdist.scheduler import LoadFileScheduling

TOGETHER: Final = ("tests/builders/spark/", "tests/online_hbase/")
"""Folders of one worker each: their tests share a session of Spark or a HBase."""

LONGEST_FIRST: Final = (
    *TOGETHER,
    "tests/properties/",
    "tests/oracle/",
    "tests/quality/",
    "tests/journeys/",
    "tests/featurestore/",
)
"""What begins so comes in this order, the rest last: a long file at the end would run alone."""


class FoldersAndFiles(LoadFileScheduling):
    """Gives out folders of `TOGETHER` and other files, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def place(nodeid: str) -> int:
    """Where a test comes in the order; those of one place stay as they are."""
    places = (number for number, start in enumerate(LONGEST_FIRST) if nodeid.startswith(start))
    return next(places, len(LONGEST_FIRST))
