"""Reach: whether somebody who is about to build something again could use what is there instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from featurestore.clock import day_of
from featurestore.governance.words import how_to_ask

if TYPE_CHECKING:
    from featurestore.governance.access_record import Thing
    from featurestore.guard import Guard
    from featurestore.registry.grants import AccessRequest

WORKING_DAYS: Final = 3
"""How long a request for access may wait before nobody is held up by it any longer."""

_SATURDAY: Final = 5


@dataclass(frozen=True)
class Reach:
    """What the principal of a guard may use, and what became of their requests."""

    guard: Guard
    requests: Callable[[], Sequence[AccessRequest]]

    def how_to_ask(self, view: str) -> tuple[str, ...]:
        """What to ask for, and how, to read a view's values; nothing if they may be read."""
        company = self.guard.known.company()
        return () if company is None else tuple(how_to_ask(company, each) for each in self.guard.lacking(view))

    def given_up(self, view: str, team: str | None, requests: Sequence[AccessRequest]) -> str | None:
        """Why nobody of the `team` has to wait for a view's values any longer: by one of the `requests`, oldest first,
        they were asked for and denied, or nobody has answered for `WORKING_DAYS`; None if they may be read, or nobody
        has asked."""
        lacking = self.guard.lacking(view)
        latest = {_about(request): request for request in requests if self._is_mine(request, team)}
        now = self.guard.known.now()
        return next(_given_up((latest[key] for each in lacking if (key := _key(each)) in latest), now), None)

    def _is_mine(self, request: AccessRequest, team: str | None) -> bool:
        wanted, who = request.wanted, self.guard.principal()
        for_me = (wanted.grantee_kind, wanted.grantee) in (("principal", who), ("team", team))
        return wanted.right == "read" and (for_me or request.asked_by == who)


def working_days_after(instant: int, days: int) -> int:
    """The instant so many working days later (UTC microseconds); Saturdays and Sundays do not count."""
    found = datetime.fromtimestamp(instant // 1_000_000, UTC)
    while days:
        found += timedelta(days=1)
        days -= found.weekday() < _SATURDAY
    return round(found.timestamp()) * 1_000_000 + instant % 1_000_000


def _given_up(requests: Iterator[AccessRequest], now: int) -> Iterator[str]:
    for request in requests:
        about = f"request {request.id} to read {request.wanted.name}"
        if request.state == "denied":
            yield f"{about} was denied: {request.decision}"
        elif request.state == "open" and now >= working_days_after(request.asked_at, WORKING_DAYS):
            yield f"{about} of {day_of(request.asked_at)} has been without an answer for {WORKING_DAYS} working days"


def _about(request: AccessRequest) -> tuple[str, str]:
    return request.wanted.kind, request.wanted.name


def _key(thing: Thing) -> tuple[str, str]:
    return thing.kind, thing.name.partition("@")[0]
