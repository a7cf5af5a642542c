"""`featurestore audit`"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from featurestore.cli.exit_codes import FOUND_WANTING
from featurestore.cli.features import OUTPUT_FILE
from featurestore.cli.session import Session, command
from featurestore.cli.words import count, instant_words

if TYPE_CHECKING:
    from rich.console import Console

    from featurestore.governance.audit_chain import AuditEntry


@click.group("audit")
def audit() -> None:
    """Show what was done, and whether the record is whole."""


@command("list")
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="How many entries.")
def list_entries(session: Session, last: int) -> None:
    """Show the latest entries, in the order of what happened."""
    found = session.store.audit.entries(last)

    def show(console: Console) -> None:
        for entry in found:
            open_end = "" if entry.seal is not None else " [not sealed yet]"
            who = entry.principal if entry.mode == "token" else f"{entry.principal} ({entry.mode})"
            line = f"{entry.sequence:>5}  {instant_words(entry.at)}  {who}  {entry.action} {entry.subject}{open_end}"
            console.print(line, markup=False, soft_wrap=True)
        if not found:
            console.print("Nothing was audited yet.")

    session.answer({"entries": [_entry_document(entry) for entry in found]}, show)


@command("verify")
@click.option("--anchor", "anchors", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="An anchor that was kept elsewhere; repeat for several.")  # fmt: skip
def verify(session: Session, anchors: tuple[Path, ...]) -> None:
    """Tell whether every entry is as it was written, and in its place.

    Finds an entry that was changed, deleted, inserted or moved. That the end was cut off is told by an anchor alone. It
    needs the audit's key: FEATURESTORE_AUDIT_KEY, or the file that FEATURESTORE_AUDIT_KEY_FILE names. Exit code 1 says
    that something is wrong.
    """
    found = session.store.audit.verify(anchors)

    def show(console: Console) -> None:
        for problem in found.problems:
            console.print(problem, style="bold red", markup=False, soft_wrap=True)
        state = "the audit is whole" if not found.problems else count(len(found.problems), "problem")
        unsealed = f", {found.unsealed:,} of them not sealed yet" if found.unsealed else ""
        against = f", against {count(len(anchors), 'anchor')}" if anchors else "; give an --anchor to see its end, too"
        console.print(f"{count(found.entries, 'entry')}{unsealed}: {state}{against}.")

    document = {"entries": found.entries, "unsealed": found.unsealed, "problems": list(found.problems)}
    session.answer(document, show)
    if found.problems:
        sys.exit(FOUND_WANTING)


@command("anchor")
@click.option("--out", type=OUTPUT_FILE, help="The file to write; stdout if not given.")
def anchor(session: Session, out: Path | None) -> None:
    """Write down the last seal, to be kept elsewhere.

    That is, where whoever can write the registry cannot. See `verify`.
    """
    found = session.store.audit.anchor()
    if out is not None:
        out.write_text(found.to_json() + "\n", encoding="utf-8")
    document = {"sequence": found.sequence, "seal": found.seal.hex(), "out": out}
    told = found.to_json() if out is None else f"Wrote the anchor of entry {found.sequence} to {out}."
    session.answer(document, lambda console: console.print(told, markup=False, soft_wrap=True))


def _entry_document(entry: AuditEntry) -> dict[str, object]:
    from featurestore.clock import format_instant

    return {
        "sequence": entry.sequence,
        "at": format_instant(entry.at),
        "principal": entry.principal,
        "mode": entry.mode,
        "action": entry.action,
        "subject": entry.subject,
        "detail": json.loads(entry.detail),
        "sealed": entry.seal is not None,
    }


for _command in (list_entries, verify, anchor):
    audit.add_command(_command)
