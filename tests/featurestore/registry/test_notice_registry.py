"""Each time that a finding opens or is settled there is one notice, which one process at a time tells."""

from __future__ import annotations

import threading

from featurestore.registry.findings import OPEN, SETTLED
from featurestore.registry.notices import Notice
from featurestore.registry.registry import Registry
from tests.featurestore.registry.conftest import SECOND

KINDS = ("stale_view", "late_rows")


def _claim(registry: Registry, after: int = 0, now: int = 0, unlogged: bool = False) -> Notice | None:
    return registry.notices.claim(KINDS, after, now, now + 30 * SECOND, unlogged=unlogged)


def _told(registry: Registry) -> list[tuple[str, str]]:
    """Tell all that there is to tell."""
    found = []
    while (notice := _claim(registry)) is not None:
        registry.notices.take_out(notice)
        found.append((notice.finding.subject, notice.finding.state))
    return found


def test_opening_settling_and_opening_again_leave_a_notice_each_and_renewing_leaves_none(registry: Registry) -> None:
    findings = registry.findings
    findings.see("stale_view", "orders", {"age": 1}, 10)
    findings.see("stale_view", "orders", {"age": 2}, 20)
    assert registry.notices.count() == 1
    findings.settle("stale_view", "orders")
    findings.settle("stale_view", "orders")
    findings.settle("stale_view", "nobody")
    findings.see("stale_view", "orders", {"age": 1}, 30)
    assert _told(registry) == [("orders", OPEN), ("orders", SETTLED), ("orders", OPEN)]
    assert registry.notices.count() == 0


def test_a_notice_has_the_finding_as_it_was_then(registry: Registry) -> None:
    registry.findings.see("stale_view", "orders", {"age": 1}, 10)
    registry.findings.see("stale_view", "orders", {"age": 2}, 20)
    notice = _claim(registry)
    assert notice is not None
    assert (notice.finding.numbers, notice.finding.first_seen, notice.is_logged) == ({"age": 1}, 10, False)


def test_a_finding_that_is_undone_with_its_transaction_leaves_no_notice(registry: Registry) -> None:
    try:
        with registry.changing_definitions():
            registry.findings.see("stale_view", "orders", {}, 10)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert registry.notices.count() == 0


def test_what_somebody_tells_is_nobody_elses_until_the_claim_ends(registry: Registry) -> None:
    registry.findings.see("stale_view", "orders", {}, 10)
    first = _claim(registry)
    assert first is not None
    assert _claim(registry, now=30 * SECOND - 1) is None
    again = _claim(registry, now=30 * SECOND)
    assert again is not None and again.id == first.id
    # Whoever lost it gives nothing back that is somebody else's by now.
    registry.notices.give_back(first)
    assert _claim(registry, now=31 * SECOND) is None


def test_what_is_given_back_is_logged_and_can_be_claimed_at_once(registry: Registry) -> None:
    registry.findings.see("stale_view", "orders", {}, 10)
    first = _claim(registry)
    assert first is not None
    registry.notices.give_back(first)
    assert _claim(registry, unlogged=True) is None
    again = _claim(registry)
    assert again is not None and again.is_logged


def test_what_came_first_of_a_finding_is_told_first(registry: Registry) -> None:
    registry.findings.see("stale_view", "orders", {}, 10)
    registry.findings.settle("stale_view", "orders")
    registry.findings.see("stale_view", "returns", {}, 20)
    opened, other = _claim(registry), _claim(registry)
    assert opened is not None and other is not None
    assert (opened.finding.subject, other.finding.subject) == ("orders", "returns")
    assert _claim(registry) is None, "that it was settled waits for its opening"
    registry.notices.take_out(opened)
    settled = _claim(registry)
    assert settled is not None and settled.finding.state == SETTLED


def test_a_kind_that_this_version_has_no_words_for_waits_for_one_that_has(registry: Registry) -> None:
    registry.findings.see("from_the_future", "orders", {}, 10)
    assert _claim(registry) is None and registry.notices.count() == 1


def test_of_many_who_claim_at_once_each_notice_goes_to_one(registry: Registry) -> None:
    subjects = [f"view_{number}" for number in range(12)]
    for subject in subjects:
        registry.findings.see("stale_view", subject, {}, 10)
        registry.findings.settle("stale_view", subject)
    told: list[tuple[str, str]] = []
    threads = [threading.Thread(target=lambda: told.extend(_told(registry))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == sorted((subject, state) for subject in subjects for state in (OPEN, SETTLED))


def test_of_many_who_settle_at_once_one_leaves_a_notice(registry: Registry) -> None:
    registry.findings.see("stale_view", "orders", {}, 10)
    threads = [threading.Thread(target=registry.findings.settle, args=("stale_view", "orders")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert registry.notices.count() == 2
