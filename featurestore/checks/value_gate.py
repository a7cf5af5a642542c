"""The gate before online: values that are not as expected are not published until somebody accepts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from builders.request import RequestedColumn
from definitions.expectation import Stable
from definitions.types import DataType
from featurestore.checks.check_findings import record_finding
from featurestore.checks.drifts import judge_drift
from featurestore.checks.value_stability import judge_values
from featurestore.checks.view_values import ViewValues
from featurestore.context import Context
from featurestore.ready_boundary import Tables
from featurestore.registry.findings import Finding
from quality.judgement import Judgement, check_name
from quality.row_checks import RowCheck, row_check


@dataclass(frozen=True)
class ValueGateReport:
    """What the gate said of a boundary: the checks for which it is `held` back, and what is new."""

    held: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def ask_value_gate(
    context: Context, name: str, columns: Sequence[RequestedColumn], tables: Tables, boundary: int
) -> ValueGateReport:
    """Hold the values of all entities at a boundary against what is expected of the features of the view `name`, in
    one pass over them; nothing is computed where nothing is expected."""
    asked = tuple(replace(column, raw=False) for column in columns)
    judged = _judge_values(context, asked, tables, boundary)
    if not judged:
        return ValueGateReport()
    values = ViewValues(context, asked, tables)
    held, findings = [], []
    for judgement, column in judged:
        subject = f"{name}:{judgement.name}"
        blocks = judgement.check.severity == "block" and columns[0].view.on_block == "hold"
        is_held = judgement.figures is not None and blocks and not _is_accepted(context, subject, judgement, values)
        about = {"view": name, "column": column, "unit": "boundary"}
        found = record_finding(context, subject, about, [judgement], [judgement.instant] if is_held else [])
        findings += [] if found is None else [found]
        held += [subject] if is_held else []
    return ValueGateReport(tuple(held), tuple(findings))


def _judge_values(
    context: Context, columns: tuple[RequestedColumn, ...], tables: Tables, boundary: int
) -> list[tuple[Judgement, str]]:
    """What is expected of the columns, each judgement with its column."""
    judged = []
    checks = value_checks(columns)
    statistics = tuple(dict.fromkeys(item for each, _ in checks for item in each.statistics))
    profile = ViewValues(context, columns, tables).measure_all(boundary, statistics) if checks else None
    for each, column in checks if profile is not None else ():
        assert profile is not None
        breach = each.judge(profile)
        figures = None if breach is None else {"broken": breach.broken, "rows": breach.rows}
        judged.append((Judgement(each.check, check_name(each.check, column), boundary, figures), column))
    stable = {
        column.name: check for column in columns for check in column.column.feature.expect if isinstance(check, Stable)
    }
    if stable:
        verdicts = judge_values(context, columns, columns[0].grid.instant_of(boundary))
        judged += [(judge_drift(stable[each.column], each), each.column) for each in verdicts if each.column in stable]
    return judged


def value_checks(columns: Sequence[RequestedColumn]) -> list[tuple[RowCheck, str]]:
    """What is expected of the values of feature columns, each check with its column's name."""
    found = []
    for column in columns:
        types: Mapping[str, DataType] = {column.name: column.column.type}
        for check in column.column.feature.expect:
            of_values = row_check(check, column.name, types)
            if of_values is not None:
                found.append((of_values, column.name))
    return found


def _is_accepted(context: Context, subject: str, judgement: Judgement, values: ViewValues) -> bool:
    accepted = context.registry.acceptances.of(subject)
    return (judgement.instant, values.inputs(judgement.instant)) in accepted
