"""Planning and applying for an author: what somebody with a token may write, beside what stays of all others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from definitions.model import Repository
from featurestore.orphans import review_orphans
from featurestore.plan_changes import Plan, apply_repository, plan_repository

if TYPE_CHECKING:
    from featurestore.opened_store import OpenedStore
    from featurestore.registry.definitions import ApplyRecord


def plan_authored(opened: OpenedStore, offered: Repository, sample: bool) -> Plan:
    """What applying would change, as far as its author sees it; the refusals alone if it would be refused."""
    applied = opened.context.applied()
    writing = opened.guard.prepare(applied, offered)
    if writing is None:
        return plan_repository(opened.context, applied, offered, sample)
    if writing.refusals:
        return Plan((), 0, writing.refusals)
    seen = opened.guard.seen(applied)
    return plan_repository(opened.seen, seen, writing.seen(seen.repository, offered), sample)


def apply_authored(opened: OpenedStore, offered: Repository, glass_broken: str | None) -> ApplyRecord:
    """Apply what an author wrote, and leave what others have.

    Raises:
        AccessError: it changes what is others', or reads what its author may not.
        ConflictError: others applied something else meanwhile.
        RequestError, ReuseError: as `apply_repository`.
    """
    applied = opened.context.applied()
    writing = opened.guard.prepare(applied, offered)
    if writing is not None and writing.refusals:
        opened.guard.refuse_writing(writing.refusals)
    repository = offered if writing is None else writing.repository
    record = apply_repository(opened.as_author, applied, repository, glass_broken, opened.guard.acting())
    review_orphans(opened.context, opened.wall_clock.now())
    opened.changed()
    # What is hidden may be computed otherwise as well, by a source of it that changed.
    return replace(record, changes=tuple(c for c in record.changes if opened.guard.sees(c.kind, c.name)))
