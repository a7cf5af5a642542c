"""What is found about erasures: one that did not finish, and erased entities that sources brought back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from builders.engine import ErasedKey
from builders.tile_table import TileTable
from featurestore.context import Context
from featurestore.entity_key import EntityKey
from featurestore.registry.erasures import Erasure
from featurestore.registry.findings import Finding

UNFINISHED_ERASURE: Final = "unfinished_erasure"
ERASED_AGAIN_THERE: Final = "erased_again_there"


def tell_unfinished(context: Context, erasure: Erasure) -> None:
    """Keep a finding that holds until the erasure has finished, should it be killed."""
    numbers = {"erasure": erasure.id, "keys": list(erasure.keys)}
    context.registry.findings.see(UNFINISHED_ERASURE, f"erasure {erasure.id}", numbers, context.clock.now())


def settle_erasure(context: Context, key: EntityKey) -> None:
    """An erasure of the key finished: so did those of it that were begun before, and whatever had come back is gone."""
    registry = context.registry
    same = {item.id for item in registry.erasures.all() if item.digest == key.digest(item.salt)}
    for finding in registry.findings.all():
        if finding.kind in (UNFINISHED_ERASURE, ERASED_AGAIN_THERE) and finding.numbers["erasure"] in same:
            registry.findings.settle(finding.kind, finding.subject)


def find_erased_again(context: Context, table: TileTable, files: Sequence[Path]) -> tuple[Finding, ...]:
    """Look for erased entities in files of tiles that were just built, and keep a finding of each.

    They are told of, not left out: the source is what is true, and rows that came after an erasure may be there with
    somebody's consent.
    """
    erased = [
        ErasedKey(item.id, item.keys, item.salt, item.digest)
        for item in context.registry.erasures.all()
        if item.finished_at is not None and set(item.keys) <= set(table.keys)
    ]
    if not erased or not files:
        return ()
    found = []
    for number, tiles in context.engine.find_erased(files, erased).items():
        keys = next(item.names for item in erased if item.number == number)
        numbers = {"erasure": number, "keys": list(keys), "source": table.source.name, "tiles": tiles}
        subject = f"erasure {number} in {table.name}"
        if seen := context.registry.findings.see(ERASED_AGAIN_THERE, subject, numbers, context.clock.now()):
            found.append(seen)
    return tuple(found)


def erasure_words(finding: Finding) -> str:
    """A finding about an erasure in a sentence."""
    number, keys = finding.numbers["erasure"], ", ".join(finding.numbers["keys"])
    if finding.kind == UNFINISHED_ERASURE:
        return f"erasure {number} (of a {keys}) did not finish; run the same `featurestore erase` again"
    tiles = finding.numbers["tiles"]
    return (
        f"whom erasure {number} took out (a {keys}) is there again: {tiles:,} {'tile' if tiles == 1 else 'tiles'} from "
        f"source {finding.numbers['source']}; delete the rows there and erase again"
    )
