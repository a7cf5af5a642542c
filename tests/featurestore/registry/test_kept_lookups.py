"""Look-ups that are kept: the newest of each view, for some weeks, and none of an entity that was erased."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from definitions.errors import ConfigurationError
from featurestore.registry import lookup_writer
from featurestore.registry.database import writing
from featurestore.registry.lookup_writer import KEPT_FOR, KeptLookup
from featurestore.registry.registry import Registry
from featurestore.registry.usage_writer import open_usage_writer


def _kept(at: int, view: str = "daily", key: bytes = b"ann") -> KeptLookup:
    return KeptLookup(view, 1, key, 5, 7, b"\x00 value", at)


def _instants(registry: Registry, view: str = "daily") -> list[int]:
    return [item.at for item in registry.kept_lookups.of(view)]


def test_a_look_up_is_kept_as_it_was_served_and_one_without_a_row_too(registry: Registry, url: str) -> None:
    missing = KeptLookup("daily", 1, b"bob", 5, None, None, 9)
    open_usage_writer(url).keep([_kept(8), missing])
    assert registry.kept_lookups.of("daily") == (_kept(8), missing)
    assert registry.kept_lookups.views() == ("daily",)
    assert registry.kept_lookups.of("weekly") == ()


def test_the_newest_of_each_view_stay(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup_writer, "MOST_KEPT", 3)
    registry.kept_lookups.add([_kept(number) for number in range(5)] + [_kept(9, "weekly")])
    assert _instants(registry) == [2, 3, 4]
    registry.kept_lookups.add([_kept(5)])
    assert _instants(registry) == [3, 4, 5]
    assert _instants(registry, "weekly") == [9]


def test_what_is_old_goes_with_whatever_is_kept_next_and_by_itself(registry: Registry) -> None:
    registry.kept_lookups.add([_kept(0), _kept(1, "weekly"), _kept(10)])
    registry.kept_lookups.add([_kept(KEPT_FOR + 1)])
    assert _instants(registry) == [10, KEPT_FOR + 1]
    assert _instants(registry, "weekly") == [1]
    assert registry.kept_lookups.drop_before(11) == 2
    assert _instants(registry) == [KEPT_FOR + 1]


def test_those_of_an_erased_entity_go_and_none_of_before_is_taken_any_more(registry: Registry, url: str) -> None:
    registry.kept_lookups.add([_kept(1), _kept(2, key=b"bob"), _kept(3, "weekly")])
    assert registry.kept_lookups.erase(lambda generation, key: key == b"ann", 20) == 2
    assert _instants(registry) == [2]
    # Another process had kept these in its memory; whose they are nobody can tell.
    open_usage_writer(url).keep([_kept(19), _kept(20), _kept(21, key=b"eve")])
    assert _instants(registry) == [2, 21]
    assert registry.kept_lookups.erase(lambda generation, key: False, 15) == 0
    open_usage_writer(url).keep([_kept(18)])
    assert _instants(registry) == [2, 21]


def test_processes_that_keep_look_ups_at_once_lose_none(registry: Registry, url: str) -> None:
    def keep(first: int) -> None:
        for number in range(first, first + 20):
            open_usage_writer(url).keep([_kept(number), _kept(number, "weekly")])

    threads = [threading.Thread(target=keep, args=(first,)) for first in (0, 20, 40, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(_instants(registry)) == sorted(_instants(registry, "weekly")) == list(range(80))


def test_a_registry_of_before_keeps_none_and_says_how_to_change_that(registry: Registry, url: str) -> None:
    with writing(registry.engine) as connection:
        connection.execute(text("DELETE FROM counters WHERE name = 'kept_lookups'"))
    with pytest.raises(ConfigurationError, match="keeps no look-ups yet; run `featurestore apply`"):
        open_usage_writer(url).keep([_kept(1)])


def test_neither_keys_nor_values_are_in_what_is_printed(registry: Registry) -> None:
    assert "ann" not in repr(_kept(1)) and "value" not in repr(_kept(1))
