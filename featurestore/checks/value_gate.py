"""The gate before online: values that are not as expected are not published until somebody accepts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from builders.request import RequestedColumn
from featurestore.checks.check_findings import CheckFindings
from featurestore.checks.check_values import CheckValues
from featurestore.checks.value_stability import judge_values
from featurestore.checks.view_values import ViewValues
from featurestore.context import Context
from featurestore.ready_boundary import Tables
from featurestore.registry.findings import Finding


@dataclass(frozen=True)
class ValueGateReport:
    """What the gate said of a boundary: the checks for which it is `held` back, and what is new."""

    held: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def ask_value_gate(
    context: Context, name: str, columns: Sequence[RequestedColumn], tables: Tables, boundary: int
) -> ValueGateReport:
    """Hold the values of all entities at a boundary against what is expected of the features of the view `name`."""
    asked = tuple(replace(column, raw=False) for column in columns)
    checks = CheckValues(name, ViewValues(context, asked, tables), boundary)
    judged = list(checks.judge())
    if checks.stable:
        judged += checks.judge_stable(judge_values(context, asked, asked[0].grid.instant_of(boundary)))
    if not judged:
        return ValueGateReport()
    held = tuple(each.subject for each in judged if each.withheld)
    return ValueGateReport(held, CheckFindings(context).decide(judged))
