"""A lease has one holder, and a late one is told."""

from __future__ import annotations

import threading

import pytest

from definitions.errors import ConflictError
from featurestore.registry.database import writing
from featurestore.registry.leases import Lease
from featurestore.registry.registry import Registry

SECOND = 1_000_000


def test_a_lease_that_is_held_is_refused_with_holder_and_time(registry: Registry) -> None:
    registry.leases.acquire("flights", "host-1:42", 60, 0)
    with pytest.raises(ConflictError, match=r"host-1:42 holds 'flights' until 1970-01-01T00:01:00Z"):
        registry.leases.acquire("flights", "host-2:7", 60, 59 * SECOND)


def test_the_same_holder_cannot_hold_it_twice(registry: Registry, lease: Lease) -> None:
    with pytest.raises(ConflictError):
        registry.leases.acquire(lease.name, lease.holder, 60, 1)


def test_each_acquisition_has_a_greater_fencing_number(registry: Registry) -> None:
    first = registry.leases.acquire("flights", "a", 10, 0)
    second = registry.leases.acquire("flights", "b", 10, 10 * SECOND)
    registry.leases.release(second)
    third = registry.leases.acquire("flights", "c", 10, 11 * SECOND)
    assert [each.fencing for each in (first, second, third)] == [1, 2, 3]
    assert registry.leases.acquire("weather", "a", 10, 0).fencing == 1


def test_an_expired_lease_is_good_until_somebody_takes_it(registry: Registry, lease: Lease) -> None:
    renewed = registry.leases.renew(lease, 60, 100 * SECOND)
    assert renewed.expires_at == 160 * SECOND and renewed.fencing == lease.fencing
    taken = registry.leases.acquire("flights", "second", 60, 160 * SECOND)
    for late in (lease, renewed):
        with pytest.raises(ConflictError, match="went to second"):
            registry.leases.renew(late, 60, 161 * SECOND)
        with pytest.raises(ConflictError, match="went to second"), writing(registry.engine) as connection:
            registry.leases.check(connection, late)
    assert registry.leases.holder("flights", 161 * SECOND) == taken


def test_a_late_release_does_not_free_the_new_holders_lease(registry: Registry, lease: Lease) -> None:
    taken = registry.leases.acquire("flights", "second", 60, 60 * SECOND)
    registry.leases.release(lease)
    assert registry.leases.holder("flights", 61 * SECOND) == taken


def test_a_released_lease_is_good_for_nothing(registry: Registry, lease: Lease) -> None:
    registry.leases.release(lease)
    assert registry.leases.holder("flights", 0) is None
    with pytest.raises(ConflictError, match="was released"), writing(registry.engine) as connection:
        registry.leases.check(connection, lease)


def test_of_many_who_want_it_at_once_one_gets_it(registry: Registry) -> None:
    got: list[Lease] = []
    refused: list[ConflictError] = []

    def want(name: str) -> None:
        try:
            got.append(registry.leases.acquire("flights", name, 60, 0))
        except ConflictError as error:
            refused.append(error)

    threads = [threading.Thread(target=want, args=(f"holder {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 7)
