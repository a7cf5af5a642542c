"""What each file of a source holds, so that unchanged files need not be read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine, bindparam, delete, select

from featurestore.registry.database import insert_or, reading, writing
from featurestore.registry.tables import from_json, source_files, to_json


@dataclass(frozen=True, slots=True)
class SurveyedFile:
    """A source's file as it was read once: `size` in bytes, `modified` in nanoseconds since 1970.

    `days` gives, per day (counted since 1970) that has rows: how many, and their smallest and greatest timestamp in
    UTC microseconds. Rows without a timestamp are in `rows` and `null_timestamps` only. `recorded_at` is when it was
    first surveyed as it is (UTC microseconds); the registry sets it.
    """

    path: str
    size: int
    modified: int
    rows: int
    null_timestamps: int
    days: Mapping[int, tuple[int, int, int]]
    recorded_at: int = field(default=0, compare=False)


class SourceFileRegistry:
    """Surveyed files by their source's fingerprint."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known(self, source_fingerprint: str) -> dict[str, SurveyedFile]:
        """The surveyed files of a source, by path; compare size and modified before believing one."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(source_files).where(source_files.c.source_fingerprint == source_fingerprint)
            ).mappings()
            return {
                row["path"]: SurveyedFile(
                    path=row["path"],
                    size=row["size"],
                    modified=row["modified"],
                    rows=row["rows"],
                    null_timestamps=row["null_timestamps"],
                    days={
                        int(day): (count, least, greatest)
                        for day, (count, least, greatest) in from_json(row["days"]).items()
                    },
                    recorded_at=row["recorded_at"],
                )
                for row in rows
            }

    def record(self, source_fingerprint: str, surveyed: Sequence[SurveyedFile], now: int) -> None:
        """Remember files, in place of what was known of the same paths."""
        if not surveyed:
            return
        with writing(self._engine) as connection:
            insertion = insert_or(connection, source_files)
            changed = ("size", "modified", "rows", "null_timestamps", "days", "recorded_at")
            statement = insertion.on_conflict_do_update(
                index_elements=[source_files.c.source_fingerprint, source_files.c.path],
                set_={name: insertion.excluded[name] for name in changed},
            )
            connection.execute(
                statement,
                [
                    {
                        "source_fingerprint": source_fingerprint,
                        "path": file.path,
                        "size": file.size,
                        "modified": file.modified,
                        "rows": file.rows,
                        "null_timestamps": file.null_timestamps,
                        "days": to_json({str(day): list(facts) for day, facts in file.days.items()}),
                        "recorded_at": now,
                    }
                    for file in surveyed
                ],
            )

    def forget(self, source_fingerprint: str, paths: Sequence[str]) -> None:
        """Drop what is known of files, because they are gone; unknown paths are passed over."""
        if not paths:
            return
        with writing(self._engine) as connection:
            statement = delete(source_files).where(
                source_files.c.source_fingerprint == source_fingerprint, source_files.c.path == bindparam("gone")
            )
            connection.execute(statement, [{"gone": path} for path in paths])
