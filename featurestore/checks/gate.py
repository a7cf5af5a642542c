"""The gate before tiles: days whose rows are not as expected are in no segment, and no frame reads them, until somebody
accepts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from builders.coverage import Range, merge_ranges
from builders.tile_table import TileTable
from featurestore.checks.check_findings import CheckFindings
from featurestore.checks.check_relation import HeldRows, check_relation
from featurestore.checks.relation_parts import expects_something
from featurestore.context import Context
from featurestore.registry.findings import Finding
from featurestore.survey import Survey


@dataclass(frozen=True)
class GateReport:
    """What the gate said of ranges that were about to be read: the pieces of them that are `held` back, `because` of
    which rows, and the `findings` that are new."""

    held: tuple[Range, ...] = ()
    because: tuple[HeldRows, ...] = ()
    findings: tuple[Finding, ...] = ()


def ask_gate(context: Context, table: TileTable, survey: Survey, ranges: Sequence[Range], until: int) -> GateReport:
    """Hold the rows of these ranges against what is expected of their source before anything is made of them."""
    if not ranges or not expects_something(table.source):
        return GateReport()
    checked = check_relation(context, table.source, survey, ranges, until)
    pieces = [
        (rows, (max(start, first), min(end, last)))
        for each in checked
        for rows in each.held
        for start, end in (rows.in_tiles(table.hop),)
        for first, last in ranges
        if start < last and first < end
    ]
    findings = CheckFindings(context).decide(judged for each in checked for judged in each.judged)
    because = tuple(dict.fromkeys(rows for rows, _ in pieces))
    return GateReport(tuple(merge_ranges([piece for _, piece in pieces])), because, findings)
