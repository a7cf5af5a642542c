"""The gate before tiles: days whose rows are not as expected are in no segment until somebody accepts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from builders.coverage import Range
from builders.tile_table import TileTable
from featurestore.checks.check_findings import record_source_findings
from featurestore.checks.check_relation import check_relation, held_back
from featurestore.context import Context
from featurestore.registry.findings import Finding
from featurestore.survey import Survey


@dataclass(frozen=True)
class GateReport:
    """What the gate said of ranges that were about to be built: those that are `held` back, and what is new."""

    held: tuple[Range, ...] = ()
    findings: tuple[Finding, ...] = ()


def ask_gate(context: Context, table: TileTable, survey: Survey, ranges: Sequence[Range], until: int) -> GateReport:
    """Hold the rows of these ranges against what is expected of their source before anything is built of them."""
    if not ranges:
        return GateReport()
    checked = check_relation(context, table.source, survey, ranges, until)
    held = [
        (max(start, first), min(end, last))
        for start, end in held_back(checked, table.hop)
        for first, last in ranges
        if start < last and first < end
    ]
    return GateReport(tuple(held), record_source_findings(context, checked))
