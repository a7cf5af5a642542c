"""Leases: who may do a thing alone, and the fencing number that tells the present holder from a late one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, or_, select, update

from definitions.errors import ConflictError
from featurestore.clock import format_instant
from featurestore.registry.database import insert_or, reading, writing
from featurestore.registry.tables import leases


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of `holder` to the thing called `name`, until `expires_at` (UTC microseconds, real time).

    `fencing` counts the acquisitions of that name: whoever has the greatest is the present holder.
    """

    name: str
    holder: str
    fencing: int
    expires_at: int


class LeaseRegistry:
    """Acquires, renews and checks leases. `now` is real time in UTC microseconds, `seconds` how long a lease holds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def acquire(self, name: str, holder: str, seconds: float, now: int) -> Lease:
        """Take the lease if nobody has it, it expired or it was released.

        Raises:
            ConflictError: somebody has it; the message says who and until when.
        """
        expires_at = _after(now, seconds)
        with writing(self._engine) as connection:
            # One statement, so that two callers cannot both find it free.
            insertion = insert_or(connection, leases).values(name=name, holder=holder, fencing=1, expires_at=expires_at)
            fencing = connection.scalar(
                insertion.on_conflict_do_update(
                    index_elements=[leases.c.name],
                    set_={"holder": holder, "fencing": leases.c.fencing + 1, "expires_at": expires_at},
                    where=or_(leases.c.expires_at.is_(None), leases.c.expires_at <= now),
                ).returning(leases.c.fencing)
            )
            if fencing is None:
                held = connection.execute(select(leases).where(leases.c.name == name)).one()
                raise ConflictError(
                    f"{held.holder} holds {name!r} until {format_instant(held.expires_at)}; "
                    "wait for it to finish, or until then if it died, and run this again"
                )
        return Lease(name, holder, int(fencing), expires_at)

    def renew(self, lease: Lease, seconds: float, now: int) -> Lease:
        """Hold the lease for `seconds` from `now`; also after it expired, as long as nobody else took it.

        Raises:
            ConflictError: it was released or somebody else acquired it.
        """
        expires_at = _after(now, seconds)
        with writing(self._engine) as connection:
            self.check(connection, lease)
            connection.execute(update(leases).where(leases.c.name == lease.name).values(expires_at=expires_at))
        return replace(lease, expires_at=expires_at)

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens if somebody else acquired it meanwhile."""
        with writing(self._engine) as connection:
            connection.execute(
                update(leases)
                .where(leases.c.name == lease.name, leases.c.fencing == lease.fencing)
                .values(expires_at=None)
            )

    def holder(self, name: str, now: int) -> Lease | None:
        """Who holds the lease now, if anybody."""
        with reading(self._engine) as connection:
            row = connection.execute(select(leases).where(leases.c.name == name, leases.c.expires_at > now)).first()
        return None if row is None else Lease(row.name, row.holder, row.fencing, row.expires_at)

    @staticmethod
    def check(connection: Connection, lease: Lease) -> None:
        """Make sure, inside a write transaction, that nobody acquired the lease since; it stays so until the end.

        An expired lease that nobody else took is still good: the fencing number is what protects, not the time.

        Raises:
            ConflictError: it was released or somebody else acquired it.
        """
        # A write, so that on any database the row is locked and no acquisition slips in before the commit.
        mine = connection.scalar(
            update(leases)
            .where(leases.c.name == lease.name, leases.c.fencing == lease.fencing, leases.c.expires_at.is_not(None))
            .values(fencing=lease.fencing)
            .returning(leases.c.fencing)
        )
        if mine is None:
            present = connection.execute(select(leases).where(leases.c.name == lease.name)).first()
            what = (
                "was released" if present is None or present.fencing == lease.fencing else f"went to {present.holder}"
            )
            raise ConflictError(
                f"the lease {lease.name!r} of {lease.holder} {what}; nothing was changed, run this again"
            )


def _after(now: int, seconds: float) -> int:
    return now + round(seconds * 1_000_000)
