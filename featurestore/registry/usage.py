"""Reading what was counted, and adding up what is long past."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, Engine, delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from definitions.errors import ConfigurationError
from featurestore.registry.database import DatabaseStatements, insert_or, open_database, reading, writing
from featurestore.registry.kept_lookups import KeptLookupRegistry
from featurestore.registry.lookup_writer import KeptLookup
from featurestore.registry.tables import usage_columns, usage_counts, usage_requests
from featurestore.registry.usage_writer import KINDS, Counted, add_counted

_DAY_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class DayCount:
    """Uses of a kind (`online`, `training`) on a day (since 1970) by a principal, through a service or references."""

    day: int
    kind: str
    principal: str
    service: str | None
    number: int


@dataclass(frozen=True, slots=True)
class ColumnCount:
    """Uses of a kind of a feature column, in whichever version of its view."""

    view: str
    column: str
    kind: str
    number: int


class UsageRegistry:
    """The counts, by feature column, view or service; one column is found by an index among all."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, counted: Sequence[Counted]) -> None:
        """Add to the counts; all of it, or nothing."""
        with writing(self._engine) as connection:
            add_counted(DatabaseStatements(connection), counted)

    def of_features(
        self, view: str, column: str | None, fingerprints: Collection[str] | None, since: int
    ) -> tuple[DayCount, ...]:
        """Counts of a view, of one column of it if given, in versions of these fingerprints if given, from the day
        `since` on. A request that has several columns of the view counts once."""
        asked = select(usage_columns.c.request_id).where(usage_columns.c.view == view)
        if column is not None:
            asked = asked.where(usage_columns.c.feature_column == column)
        if fingerprints is not None:
            asked = asked.where(usage_columns.c.fingerprint.in_(fingerprints))
        return self._counts(usage_requests.c.id.in_(asked), since)

    def of_service(self, service: str, since: int) -> tuple[DayCount, ...]:
        """Counts of a service, whatever it answered, from the day `since` on."""
        return self._counts(usage_requests.c.service == service, since)

    def ranking(self, since: int) -> tuple[ColumnCount, ...]:
        """Every feature column that was used from the day `since` on, by name."""
        # Added up by request before it is spread over columns: a service has many, and its counts are many too.
        asked = (
            select(usage_counts.c.request_id, usage_counts.c.kind, func.sum(usage_counts.c.number).label("number"))
            .where(usage_counts.c.day >= since)
            .group_by(usage_counts.c.request_id, usage_counts.c.kind)
            .subquery()
        )
        columns = (usage_columns.c.view, usage_columns.c.feature_column, asked.c.kind)
        statement = (
            select(*columns, func.sum(asked.c.number))
            .join(asked, asked.c.request_id == usage_columns.c.request_id)
            .group_by(*columns)
            .order_by(*columns)
        )
        with reading(self._engine) as connection:
            return tuple(ColumnCount(*row[:3], int(row[3])) for row in connection.execute(statement))

    def roll_up(self, before: int) -> int:
        """Add up the days of each month that ended before the day `before`, in the month's first day; returns how many
        days are gone. Principals and requests stay apart."""
        end = _first_of_month(before)
        with reading(self._engine) as connection:
            found = connection.scalars(select(usage_counts.c.day).where(usage_counts.c.day < end).distinct()).all()
        days = [day for day in found if day != _first_of_month(day)]
        for day in days:
            self._move(day, _first_of_month(day))
        return len(days)

    def _move(self, day: int, month: int) -> None:
        key = (usage_counts.c.request_id, usage_counts.c.kind, usage_counts.c.principal)
        with writing(self._engine) as connection:
            moved = delete(usage_counts).where(usage_counts.c.day == day).returning(*key, usage_counts.c.number)
            rows = [{**row, "day": month} for row in connection.execute(moved).mappings()]
            insertion = insert_or(connection, usage_counts)
            number = usage_counts.c.number + insertion.excluded.number
            if rows:
                connection.execute(
                    insertion.on_conflict_do_update(
                        index_elements=list(usage_counts.primary_key), set_={"number": number}
                    ),
                    rows,
                )

    def _counts(self, condition: ColumnElement[bool], since: int) -> tuple[DayCount, ...]:
        statement = (
            select(
                usage_counts.c.day,
                usage_counts.c.kind,
                usage_counts.c.principal,
                usage_requests.c.service,
                usage_counts.c.number,
            )
            .join(usage_requests, usage_requests.c.id == usage_counts.c.request_id)
            # All kinds are named, so that the days of each are found by the key and no earlier ones are read.
            .where(condition, usage_counts.c.kind.in_(KINDS), usage_counts.c.day >= since)
        )
        numbers: Counter[tuple[int, str, str, str]] = Counter()
        with reading(self._engine) as connection:
            for day, kind, principal, service, number in connection.execute(statement):
                numbers[day, kind, principal, service or ""] += number
        return tuple(
            DayCount(day, kind, principal, service or None, number)
            for (day, kind, principal, service), number in sorted(numbers.items())
        )


class DatabaseUsageWriter:
    """`UsageWriter` for a database that SQLAlchemy reaches; keeps no connection, so that forks share none."""

    def __init__(self, url: str) -> None:
        self._url = url

    def add(self, counted: Sequence[Counted]) -> None:
        """See `UsageWriter.add`."""
        self._write(lambda engine: UsageRegistry(engine).add(counted))

    def keep(self, kept: Sequence[KeptLookup]) -> None:
        """See `UsageWriter.keep`."""
        self._write(lambda engine: KeptLookupRegistry(engine).add(kept))

    def _write(self, write: Callable[[Engine], None]) -> None:
        engine = open_database(self._url)
        try:
            write(engine)
        except SQLAlchemyError as error:
            # The error itself may quote what was to be added.
            raise ConfigurationError(f"usage cannot be added to the registry: {type(error).__name__}") from None
        finally:
            engine.dispose()


def _first_of_month(day: int) -> int:
    first = datetime.fromtimestamp(day * _DAY_SECONDS, UTC).replace(day=1)
    return int(first.timestamp()) // _DAY_SECONDS
