"""`featurestore waive`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from featurestore.registry.waivers import Waiver


@command("waive")
@click.argument("column", required=False, metavar="[VIEW:COLUMN]")
@click.option("--reason", default="", help="Why it has to be built although it is there.")
@click.option("--for", "span", default="90d", show_default=True, help="For how long, such as 90d.")
@click.option("--approve", type=int, metavar="NUMBER", help="Agree to a waiver that somebody else asked for.")
@click.option("--list", "listing", is_flag=True, help="All waivers.")
def waive(session: Session, column: str | None, reason: str, span: str, approve: int | None, listing: bool) -> None:
    """Ask that a feature may be built although it is there.

    COLUMN is one that `featurestore plan` shows as a rebuild. An approver of its team who did not ask has to agree;
    where one works alone, who asks agrees. Of what only carries the same data, the reason is enough. A waiver that
    lapses breaks nothing: it becomes a finding.
    """
    from definitions.durations import is_duration, parse_duration
    from definitions.errors import RequestError

    if sum((column is not None, approve is not None, listing)) != 1:
        raise click.UsageError("name one column, or --approve a number, or --list")
    store = session.store
    if approve is not None:
        waivers: tuple[Waiver, ...] = (store.gate.approve(approve),)
    elif column is not None:
        if not is_duration(span):
            raise RequestError(f"{span!r} is no span of time; write one such as 90d")
        waivers = (store.waive(column, reason, parse_duration(span).microseconds),)
    else:
        waivers = store.gate.waivers()

    def show(console: Console) -> None:
        for waiver in waivers:
            console.print(_told(waiver), markup=False)
        if not waivers:
            console.print("No waivers.")

    session.answer({"waivers": [_document(waiver) for waiver in waivers]}, show)


def _told(waiver: Waiver) -> str:
    from featurestore.clock import day_of

    if waiver.approved_by is None:
        agreed = f"waits for somebody to agree: featurestore waive --approve {waiver.id}"
    elif waiver.approved_by == waiver.asked_by:
        agreed = f"agreed to by {waiver.approved_by}, who asked"
    else:
        agreed = f"agreed to by {waiver.approved_by}"
    what = f"{waiver.column} in spite of {waiver.instead_of}"
    return f"{waiver.id}  {waiver.kind}: {what}, until {day_of(waiver.expires_at)} ({waiver.reason}); {agreed}"


def _document(waiver: Waiver) -> dict[str, object]:
    from featurestore.clock import format_instant

    return {
        "number": waiver.id,
        "kind": waiver.kind,
        "column": waiver.column,
        "instead_of": waiver.instead_of,
        "team": waiver.team,
        "reason": waiver.reason,
        "asked_by": waiver.asked_by,
        "asked_at": format_instant(waiver.asked_at),
        "approved_by": waiver.approved_by,
        "approved_at": None if waiver.approved_at is None else format_instant(waiver.approved_at),
        "expires_at": format_instant(waiver.expires_at),
    }
