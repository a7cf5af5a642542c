"""What is there already of new columns, for people and for programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from builders.figures import size_words, time_words
from featurestore.cli.words import count
from featurestore.clock import day_of, format_instant
from featurestore.reuse.ready_yaml import ready_yaml
from featurestore.reuse.reuse import Reuse, There, Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from featurestore.reuse.gate import Ruling
    from featurestore.reuse.same_data import SameData

_TITLES: Final[dict[Verdict, tuple[str, str]]] = {
    "exists": ("exists already", "bold red"),
    "derivable": ("follows from what is there", "yellow"),
    "same data": ("carries the same data as another", "yellow"),
    "shares tiles": ("shares tiles with others, nothing new is stored", "green"),
    "similar": ("looks like another", "blue"),
}


def show_reuse(console: Console, found: Sequence[Reuse], rulings: Iterable[Ruling]) -> None:
    """Rebuilds one by one, with what to write instead and what the gate says; the others a line each."""
    from rich.padding import Padding
    from rich.text import Text

    ruled = {ruling.reuse.column: ruling for ruling in rulings}
    by_verdict: dict[Verdict, list[Reuse]] = defaultdict(list)
    for each in found:
        by_verdict[each.verdict].append(each)
    for verdict, (title, style) in _TITLES.items():
        if not by_verdict[verdict]:
            continue
        console.print(f"[{style}]{title}[/]")
        for each in by_verdict[verdict]:
            console.print(Text.assemble(("  = " if each.is_ruled_on else "  ~ ", style), each.column))
            lines = [Text(line, "dim") for line in _told(each)]
            if each.is_ruled_on:
                lines += [Text(line, "cyan") for line in ready_yaml(each).splitlines()]
            if each.column in ruled:
                ruling = ruled[each.column]
                lines += [Text(f"its values may not be read yet: {how}", "cyan") for how in ruling.ask]
                lines.append(Text(f"→ {ruling.action}: {ruling.why}", style))
            for line in lines:
                console.print(Padding(line, (0, 0, 0, 6), expand=False))
        console.print()


def show_same_data(console: Console, found: Sequence[SameData]) -> None:
    """Columns whose values say the same, and how many were looked at."""
    if not found:
        console.print("No added column carries what another one carries, as far as some hundred entities show.\n")
        return
    console.print("[bold red]carries the same data[/]")
    for each in found:
        seen = f"on all of {each.rows:,} rows of {each.entities:,} entities one follows from the other"
        console.print(f"  = {each.column}  {each.of}: {seen}", markup=False, highlight=False)
    console.print()


def _told(found: Reuse) -> Iterable[str]:
    if not found.is_ruled_on:
        names = ", ".join(each.reference for each in found.there)
        yield f"{names}: {'; '.join(found.differences)}" if found.differences else names
        return
    for there in found.there:
        yield f"{there.reference}, {_whose(there)}"
    if found.new_slots:
        size = f", about {size_words(found.saved_bytes)} of tiles" if found.saved_bytes else ""
        seconds = found.saved_seconds
        took = f"; the last run of such tiles took {time_words(seconds * 1000)}" if seconds else ""
        yield f"to build it would add {count(found.new_slots, 'slot')}{size}{took}"


def _whose(there: There) -> str:
    team = f"of {there.team}" if there.team else "of nobody who is named"
    owner = f" ({there.owner})" if there.owner else ""
    used = f", used by {', '.join(there.services)}" if there.services else ", used by no service yet"
    return f"{team}{owner}, since {day_of(there.since)}{used}"


def reuse_document(found: Reuse, rulings: Iterable[Ruling]) -> dict[str, Any]:
    """The same in plain values."""
    ruling = next((ruling for ruling in rulings if ruling.reuse.column == found.column), None)
    return {
        "column": found.column,
        "verdict": found.verdict,
        "instead": [
            {
                "reference": there.reference,
                "team": there.team,
                "owner": there.owner,
                "since": format_instant(there.since),
                "services": list(there.services),
                "join_keys": dict(there.join_keys),
            }
            for there in found.there
        ],
        "expression": found.expression,
        "rules": list(found.rules),
        "differences": list(found.differences),
        "yaml": ready_yaml(found) if found.is_ruled_on else None,
        "new_slots": found.new_slots,
        "saved_bytes": found.saved_bytes,
        "saved_seconds": found.saved_seconds,
        "gate": None if ruling is None else {"action": ruling.action, "why": ruling.why, "ask": list(ruling.ask)},
    }
