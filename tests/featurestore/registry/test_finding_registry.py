"""Findings are opened, renewed and settled; late rows are recorded with the segments that they are in."""

from __future__ import annotations

import threading

import pytest

from definitions.errors import ConflictError
from featurestore.registry.findings import OPEN, SETTLED
from featurestore.registry.late_rows import LateRows, NewLateRows
from featurestore.registry.leases import Lease
from featurestore.registry.registry import Registry

LATE = NewLateRows(start=-20, end=-10, rows=3, lateness=((5, 1), (70, 2)))


def test_a_finding_keeps_its_beginning_and_takes_the_newest_numbers(registry: Registry) -> None:
    findings = registry.findings
    first = findings.see("late_rows", "orders", {"rows": 1}, 10)
    assert first is not None and (first.first_seen, first.last_seen, first.state) == (10, 10, OPEN)
    assert findings.see("late_rows", "orders", {"rows": 1}, 10) is None
    again = findings.see("late_rows", "orders", {"rows": 4}, 20)
    assert again is not None and (again.first_seen, again.last_seen, again.numbers) == (10, 20, {"rows": 4})
    assert findings.all() == (again,)


def test_of_many_who_see_a_finding_at_once_one_is_told(registry: Registry) -> None:
    told: list[int] = []

    def see() -> None:
        for instant in range(10):
            if registry.findings.see("late_rows", "orders", {}, instant) is not None:
                told.append(instant)

    threads = [threading.Thread(target=see) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whoever is late renews a finding that others saw later already, and is told nothing.
    assert len(told) == len(set(told)) and {0, 9} <= set(told)


def test_a_finding_that_was_settled_opens_again(registry: Registry) -> None:
    findings = registry.findings
    findings.settle("late_rows", "orders")
    findings.see("late_rows", "orders", {}, 10)
    findings.see("publishing_lag", "orders", {}, 15)
    findings.settle("late_rows", "orders")
    assert [(item.kind, item.state) for item in findings.all()] == [("publishing_lag", OPEN), ("late_rows", SETTLED)]
    again = findings.see("late_rows", "orders", {}, 10)
    assert again is not None and (again.first_seen, again.state) == (10, OPEN)


def test_late_rows_are_recorded_with_the_swap_or_not_at_all(registry: Registry, lease: Lease) -> None:
    version = registry.segments.swap(lease, "tiles", [], [], 30, [LATE])
    (found,) = registry.late_rows.since("tiles", 30)
    assert found == LateRows(
        start=-20, end=-10, rows=3, lateness=((5, 1), (70, 2)), tile_table="tiles", version=version, recorded_at=30
    )
    assert registry.late_rows.since("tiles", 31) == registry.late_rows.since("others", 0) == ()
    with pytest.raises(ConflictError):
        registry.segments.swap(lease, "tiles", [99], [], 40, [LATE])
    assert registry.late_rows.since("tiles", 0) == (found,)
