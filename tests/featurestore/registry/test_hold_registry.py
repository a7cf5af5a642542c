"""Holds: one a view, put together with what readers see, remembered when they are released."""

from __future__ import annotations

import pytest

from definitions.errors import RequestError
from featurestore.registry.generations import Generation
from featurestore.registry.leases import Lease
from featurestore.registry.registry import Registry

VIEW = "punctuality"


def served(registry: Registry, lease: Lease, fingerprint: str) -> Generation:
    """A generation with a finished publish that readers are sent to."""
    generations = registry.generations
    generation = generations.open(VIEW, fingerprint, [], 0)
    generations.finish_publish(lease, generations.begin_publish(lease, generation.id, 10, 1, 0), 0)
    assert generations.promote(lease, generation.id, f"view:{VIEW}", fingerprint.encode(), 0)
    return generations.get(generation.id)


def test_a_hold_is_put_with_the_records_and_the_state(registry: Registry, lease: Lease) -> None:
    first, second = served(registry, lease, "f1"), served(registry, lease, "f2")
    revision = registry.serving.revision()
    hold = registry.holds.put(VIEW, first.id, {f"view:{VIEW}": b"f1", "service:a": b"s"}, "wrong", "ann", 5)
    assert (hold.generation_id, hold.reason, hold.held_by, hold.held_at) == (first.id, "wrong", "ann", 5)
    assert registry.holds.of(VIEW) == hold and registry.holds.on() == {VIEW: hold}
    assert (registry.serving.load(f"view:{VIEW}"), registry.serving.load("service:a")) == (b"f1", b"s")
    assert registry.serving.revision() > revision
    assert [item.state for item in registry.generations.of(VIEW)] == ["current", "previous"]
    assert registry.generations.get(second.id).record == b"f2"


def test_a_hold_keeps_a_publisher_from_switching_readers(registry: Registry, lease: Lease) -> None:
    first, second = served(registry, lease, "f1"), served(registry, lease, "f2")
    registry.holds.put(VIEW, first.id, {}, "", "ann", 5)
    assert not registry.generations.promote(lease, second.id, f"view:{VIEW}", b"late", 6)
    assert registry.serving.load(f"view:{VIEW}") == b"f2"
    assert registry.generations.promote(lease, first.id, f"view:{VIEW}", b"f1", 6)
    assert registry.holds.release(VIEW, "bob", 7) is not None
    assert registry.generations.promote(lease, second.id, f"view:{VIEW}", b"f2", 8)


def test_another_hold_takes_the_place_of_the_first_and_both_are_remembered(registry: Registry, lease: Lease) -> None:
    first, second = served(registry, lease, "f1"), served(registry, lease, "f2")
    registry.holds.put(VIEW, first.id, {}, "one", "ann", 5)
    assert registry.holds.put(VIEW, first.id, {}, "one", "eve", 6).held_by == "ann"
    registry.holds.put(VIEW, second.id, {}, "two", "bob", 7)
    registry.holds.release(VIEW, "eve", 8)
    found = [(item.reason, item.held_by, item.released_by, item.released_at) for item in registry.holds.history(VIEW)]
    assert found == [("one", "ann", "bob", 7), ("two", "bob", "eve", 8)]
    assert registry.holds.of(VIEW) is None and registry.holds.release(VIEW, "eve", 9) is None


def test_a_hold_that_cannot_be_changes_nothing(registry: Registry, lease: Lease) -> None:
    served(registry, lease, "f1")
    with pytest.raises(RequestError, match="punctuality has no generation 9; it has 1"):
        registry.holds.put(VIEW, 9, {f"view:{VIEW}": b"x"}, "", "ann", 5)
    with pytest.raises(RequestError, match="generation 1 is of punctuality, not of weather; it has none; publish"):
        registry.holds.put("weather", 1, {"view:weather": b"x"}, "", "ann", 5)
    assert registry.holds.on() == {} and registry.serving.load(f"view:{VIEW}") == b"f1"
