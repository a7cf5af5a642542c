"""Generations: one is served, its watermark moves forward only, and a late publisher changes nothing."""

from __future__ import annotations

import pytest

from definitions.errors import ConflictError, RequestError
from featurestore.registry.generations import Generation
from featurestore.registry.leases import Lease
from featurestore.registry.registry import Registry

COLUMNS = (("arrivals_7d", "bigint", 0), ("arr_delay_7d", "double", None))


def published(registry: Registry, lease: Lease, fingerprint: str, boundary: int = 10) -> Generation:
    generation = registry.generations.open("punctuality", fingerprint, COLUMNS, 0)
    publish = registry.generations.begin_publish(lease, generation.id, boundary, 1, 0)
    registry.generations.finish_publish(lease, publish, 0)
    return registry.generations.get(generation.id)


def test_opening_a_fingerprint_twice_is_one_generation(registry: Registry, lease: Lease) -> None:
    first = registry.generations.open("punctuality", "f1", COLUMNS, 5)
    assert first == registry.generations.open("punctuality", "f1", COLUMNS, 6)
    assert (first.state, first.columns, first.watermark, first.created_at) == ("building", COLUMNS, None, 5)
    published(registry, lease, "f1")
    registry.generations.promote(lease, first.id, "view:punctuality", b"", 1)
    assert registry.generations.open("punctuality", "f1", COLUMNS, 8).id == first.id
    assert registry.generations.open("punctuality", "f2", COLUMNS, 8).id != first.id
    assert registry.generations.open("weather", "f1", COLUMNS, 8).id != first.id


def test_a_fingerprint_that_comes_back_goes_on_with_its_generation(registry: Registry, lease: Lease) -> None:
    first, second = published(registry, lease, "f1"), published(registry, lease, "f2")
    for generation in (first, second):
        registry.generations.promote(lease, generation.id, "view:punctuality", b"", 1)
    assert registry.generations.open("punctuality", "f1", COLUMNS, 8).id == first.id


def test_nothing_is_served_before_the_first_promotion(registry: Registry, lease: Lease) -> None:
    generation = published(registry, lease, "f1")
    assert registry.generations.current("punctuality") is None
    registry.generations.promote(lease, generation.id, "view:punctuality", b"", 1)
    current = registry.generations.current("punctuality")
    assert current is not None and (current.id, current.watermark) == (generation.id, 10)


def test_promoting_makes_the_former_previous_and_back_again(registry: Registry, lease: Lease) -> None:
    first, second = published(registry, lease, "f1"), published(registry, lease, "f2")
    for chosen in (first, second, second, first):
        registry.generations.promote(lease, chosen.id, "view:punctuality", b"", 1)
        current = registry.generations.current("punctuality")
        assert current is not None and current.id == chosen.id
    assert [each.state for each in registry.generations.of("punctuality")] == ["current", "previous"]


def test_a_generation_that_was_never_published_is_not_served(registry: Registry, lease: Lease) -> None:
    generation = registry.generations.open("punctuality", "f1", COLUMNS, 0)
    registry.generations.begin_publish(lease, generation.id, 10, 1, 0)
    with pytest.raises(RequestError, match="no finished publish"):
        registry.generations.promote(lease, generation.id, "view:punctuality", b"", 1)


def test_a_dropped_generation_stays_away(registry: Registry, lease: Lease) -> None:
    first, second = published(registry, lease, "f1"), published(registry, lease, "f2")
    registry.generations.promote(lease, second.id, "view:punctuality", b"", 1)
    registry.generations.drop(lease, first.id, 2)
    with pytest.raises(RequestError, match="was dropped; it has 2"):
        registry.generations.promote(lease, first.id, "view:punctuality", b"", 1)
    with pytest.raises(ConflictError, match="was dropped"):
        registry.generations.begin_publish(lease, first.id, 20, 1, 3)
    with pytest.raises(ConflictError, match="is being served"):
        registry.generations.drop(lease, second.id, 3)
    assert registry.generations.open("punctuality", "f1", COLUMNS, 4).id not in (first.id, second.id)


@pytest.mark.parametrize(
    ("boundary", "segments_version", "moves"),
    [(20, 1, True), (10, 6, True), (10, 5, True), (20, 9, True), (10, 4, False), (9, 9, False)],
)
def test_the_watermark_moves_forward_only(
    registry: Registry, lease: Lease, boundary: int, segments_version: int, moves: bool
) -> None:
    generations = registry.generations
    generation = generations.open("punctuality", "f1", COLUMNS, 0)
    generations.finish_publish(lease, generations.begin_publish(lease, generation.id, 10, 5, 0), 1)
    publish = generations.begin_publish(lease, generation.id, boundary, segments_version, 2)
    if moves:
        generations.finish_publish(lease, publish, 3)
    else:
        with pytest.raises(ConflictError, match="is behind what was published since"):
            generations.finish_publish(lease, publish, 3)
    found = generations.get(generation.id)
    expected = (boundary, segments_version) if moves else (10, 5)
    assert (found.watermark, found.segments_version) == expected


def test_a_publish_is_unfinished_until_a_later_one_finishes(registry: Registry, lease: Lease) -> None:
    generations = registry.generations
    generation = generations.open("punctuality", "f1", COLUMNS, 0)
    assert generations.last_finished(generation.id) is None
    killed = generations.begin_publish(lease, generation.id, 10, 1, 0)
    later = generations.begin_publish(lease, generation.id, 20, 1, 1)
    still_later = generations.begin_publish(lease, generation.id, 30, 1, 2)
    assert [each.id for each in generations.unfinished(generation.id)] == [killed, later, still_later]
    generations.finish_publish(lease, later, 3)
    generations.finish_publish(lease, later, 4)
    assert [each.id for each in generations.unfinished(generation.id)] == [still_later]
    last = generations.last_finished(generation.id)
    assert last is not None and (last.id, last.boundary, last.finished_at) == (later, 20, 3)
    with pytest.raises(ConflictError, match="is behind"):
        generations.finish_publish(lease, killed, 5)
    assert generations.get(generation.id).watermark == 20


def test_publishes_of_other_generations_are_left_alone(registry: Registry, lease: Lease) -> None:
    other = registry.generations.open("weather", "f1", COLUMNS, 0)
    running = registry.generations.begin_publish(lease, other.id, 10, 1, 0)
    published(registry, lease, "f1")
    assert [each.id for each in registry.generations.unfinished(other.id)] == [running]


def test_a_late_publisher_changes_nothing(registry: Registry, lease: Lease) -> None:
    generation = published(registry, lease, "f1")
    publish = registry.generations.begin_publish(lease, generation.id, 20, 1, 0)
    registry.leases.acquire("flights", "second", 60, 60_000_000)
    for attempt in (
        lambda: registry.generations.finish_publish(lease, publish, 1),
        lambda: registry.generations.begin_publish(lease, generation.id, 30, 1, 1),
        lambda: registry.generations.promote(lease, generation.id, "view:punctuality", b"", 1),
        lambda: registry.generations.drop(lease, generation.id, 1),
    ):
        with pytest.raises(ConflictError, match="went to second"):
            attempt()
    assert registry.generations.get(generation.id) == generation


def test_what_is_not_there_is_refused(registry: Registry, lease: Lease) -> None:
    with pytest.raises(RequestError, match="no generation 9"):
        registry.generations.get(9)
    with pytest.raises(RequestError, match="no publish 9"):
        registry.generations.finish_publish(lease, 9, 0)
