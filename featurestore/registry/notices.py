"""What is still to be told of findings: each time that one opened or was settled, until somebody has told it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Engine, RowMapping, delete, exists, func, or_, select, update

from featurestore.registry.database import reading, writing
from featurestore.registry.findings import Finding, read_finding
from featurestore.registry.tables import notices


@dataclass(frozen=True, slots=True)
class Notice:
    """That a finding opened or was settled; `finding` is as it was then. Whoever claimed it tells it until
    `claimed_until` (UTC microseconds) at the latest; `is_logged` says that a log has it already."""

    id: int
    finding: Finding
    is_logged: bool
    claimed_until: int


class NoticeRegistry:
    """Hands out notices, each to one process at a time, and takes out those that were told."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self) -> int:
        """How many are still to be told."""
        with reading(self._engine) as connection:
            return int(connection.scalars(select(func.count()).select_from(notices)).one())

    def claim(
        self, kinds: Collection[str], after: int, now: int, until: int, *, unlogged: bool = False
    ) -> Notice | None:
        """The first notice of these kinds with an id beyond `after` that nobody else is telling; it is the caller's
        until the instant `until`. Whoever dies with it loses it then. None where there is nothing to tell.

        Of one finding, what came first is told first. `unlogged` leaves out what a log has already.
        """
        each, earlier = notices.alias("each"), notices.alias("earlier")
        of_the_same = (earlier.c.kind == each.c.kind, earlier.c.subject == each.c.subject, earlier.c.id < each.c.id)
        first = select(each.c.id).where(
            each.c.kind.in_(kinds),
            each.c.id > after,
            or_(each.c.claimed_until.is_(None), each.c.claimed_until <= now),
            ~exists().where(*of_the_same),
        )
        if unlogged:
            first = first.where(each.c.logged == 0)
        # PostgreSQL lets others claim meanwhile: what they have locked is passed over, and what they have just
        # claimed no longer fits when it is locked. SQLite lets one write at a time.
        first = first.order_by(each.c.id).limit(1).with_for_update(of=each, skip_locked=True)
        # One value, so that it is looked for once, whatever plan the database makes.
        mine = notices.c.id == first.scalar_subquery()
        statement = update(notices).where(mine).values(claimed_until=until).returning(notices)
        with writing(self._engine) as connection:
            row = connection.execute(statement).mappings().first()
            return None if row is None else _read(row)

    def take_out(self, notice: Notice) -> None:
        """Note that it was told."""
        with writing(self._engine) as connection:
            connection.execute(delete(notices).where(notices.c.id == notice.id))

    def give_back(self, notice: Notice) -> None:
        """Note that a log has it, and let somebody tell the rest later."""
        mine = (notices.c.id == notice.id, notices.c.claimed_until == notice.claimed_until)
        with writing(self._engine) as connection:
            connection.execute(update(notices).where(*mine).values(claimed_until=None, logged=1))


def _read(row: RowMapping) -> Notice:
    return Notice(row["id"], read_finding(row), bool(row["logged"]), row["claimed_until"])
