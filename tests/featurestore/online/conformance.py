"""What every online store must do: subclass `OnlineStoreConformance` and say how a store is opened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from definitions.errors import RequestError
from definitions.online_row import OnlineRow
from featurestore.online.protocol import OnlineStore

OpenStore = Callable[[], OnlineStore]

AWKWARD_KEYS = (
    b"\x00",
    b"\x00\x00",
    b"a\x00b",
    b"a,b",
    b"a|b:c/d",
    b"'; DROP TABLE online_rows; --",
    b'"quoted" and `ticked`',
    b"%_",
    b"\xff\xfe",
    "naïve ☃ 🦄".encode(),
    "e\u0301".encode(),
    "é".encode(),
    b"A",
    b"a",
    b"a ",
)


def row(key: bytes, boundary: int, version: int = 1, value: bytes | None = None) -> OnlineRow:
    """A row whose value says which row it is."""
    return OnlineRow(key, boundary, version, value if value is not None else b"%d.%d" % (boundary, version))


class OnlineStoreConformance:
    """The behaviour of `OnlineStore`.

    A subclass gives the fixture `open_store`, whose calls open one and the same store again and again, and
    `opening(tmp_path)`: the Python expression by which another process opens it, with the imports that it needs.
    """

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Iterator[OpenStore]:
        raise NotImplementedError

    def opening(self, tmp_path: Path) -> tuple[str, str]:
        raise NotImplementedError

    @pytest.fixture
    def store(self, open_store: OpenStore) -> OnlineStore:
        return open_store()

    def test_what_is_written_is_read(self, store: OnlineStore) -> None:
        written = row(b"UA", 10, 3, b"value")
        assert store.write(1, [written]) == 1
        assert store.read(1, [b"UA"]) == [written]

    def test_nothing_is_read_from_an_empty_store(self, store: OnlineStore) -> None:
        assert store.read(1, [b"UA", b"AA"]) == [None, None]
        assert store.read(1, []) == []
        assert store.count(1) == 0
        assert list(store.keys(1)) == []
        assert store.write(1, []) == 0

    def test_a_store_is_empty_until_a_generation_has_a_row_and_when_the_last_is_dropped(
        self, store: OnlineStore
    ) -> None:
        assert store.is_empty()
        store.write(1, [])
        assert store.is_empty()
        store.write(7, [row(b"a", -10)])
        assert not store.is_empty()
        store.drop(7)
        assert store.is_empty()

    def test_a_missing_entity_is_missing_at_its_own_position(self, store: OnlineStore) -> None:
        store.write(1, [row(b"%d" % n, n) for n in range(0, 300, 3)])
        asked = [b"%d" % n for n in range(300)]
        assert store.read(1, asked) == [row(b"%d" % n, n) if n % 3 == 0 else None for n in range(300)]

    def test_a_key_may_be_asked_for_twice(self, store: OnlineStore) -> None:
        store.write(1, [row(b"a", 1)])
        assert store.read(1, [b"a", b"x", b"a", b"x", b"a"]) == [row(b"a", 1), None, row(b"a", 1), None, row(b"a", 1)]

    def test_a_load_is_a_write_of_as_many_as_come(self, store: OnlineStore) -> None:
        store.write(1, [row(b"b", 20)])
        rows = [row(b"a", 10), row(b"b", 10), row(b"c", 10)]
        assert store.load(1, iter(rows), 2).rows == 3
        assert store.read(1, [b"a", b"b", b"c"]) == [row(b"a", 10), row(b"b", 20), row(b"c", 10)]
        assert store.load(2, [], 0).rows == 0

    def test_what_is_overwritten_follows_the_same_rule(self, store: OnlineStore) -> None:
        store.write(1, [row(b"a", 20, 2), row(b"b", 20, 2), row(b"c", 20, 2)])
        store.overwrite(1, [row(b"a", 20, 3), row(b"b", 20, 1), row(b"d", 5)])
        found = [row(b"a", 20, 3), row(b"b", 20, 2), row(b"c", 20, 2), row(b"d", 5)]
        assert store.read(1, [b"a", b"b", b"c", b"d"]) == found
        store.write(1, [row(b"a", 20, 2), row(b"a", 19, 9)])
        assert store.read(1, [b"a"]) == [row(b"a", 20, 3)]
        store.write(1, [row(b"a", 21)])
        assert store.read(1, [b"a"]) == [row(b"a", 21)]

    def test_several_generations_are_read_at_once(self, store: OnlineStore) -> None:
        store.write(1, [row(b"a", 1), row(b"b", 2)])
        store.write(2, [row(b"a", 3)])
        asked = [(2, [b"b", b"a"]), (1, [b"a", b"x", b"b"]), (3, [b"a"]), (1, []), (1, [b"a"])]
        found = [[None, row(b"a", 3)], [row(b"a", 1), None, row(b"b", 2)], [None], [], [row(b"a", 1)]]
        assert store.read_several(asked) == found
        assert store.read_several([]) == []

    def test_an_empty_key_is_refused(self, store: OnlineStore) -> None:
        with pytest.raises(RequestError, match="an online row has an empty key"):
            store.write(1, [row(b"a", 1), row(b"", 1)])
        store.write(1, [row(b"b", 1)])
        assert store.read(1, [b"b"]) == [row(b"b", 1)]

    @pytest.mark.parametrize("size", [1, 2, 9, 10, 11, 99, 100, 101, 250, 1001])
    def test_a_batch_of_any_size_comes_back_in_its_order(self, store: OnlineStore, size: int) -> None:
        keys = [b"key %d" % n for n in range(size)]
        store.write(1, [row(key, 1, value=key) for key in keys])
        random.Random(size).shuffle(keys)
        assert store.read(1, keys) == [row(key, 1, value=key) for key in keys]

    def test_the_newest_boundary_wins_whatever_the_order(self, store: OnlineStore) -> None:
        store.write(1, [row(b"a", 20), row(b"b", 10)])
        store.write(1, [row(b"a", 10, version=99), row(b"b", 20)])
        assert store.read(1, [b"a", b"b"]) == [row(b"a", 20), row(b"b", 20)]

    def test_the_segment_version_breaks_a_tie(self, store: OnlineStore) -> None:
        store.write(1, [row(b"a", 10, 5), row(b"b", 10, 5)])
        store.write(1, [row(b"a", 10, 4), row(b"b", 10, 6)])
        assert store.read(1, [b"a", b"b"]) == [row(b"a", 10, 5), row(b"b", 10, 6)]

    def test_an_equal_pair_overwrites(self, store: OnlineStore) -> None:
        store.write(1, [row(b"a", 10, 5, b"first")])
        store.write(1, [row(b"a", 10, 5, b"again")])
        assert store.read(1, [b"a"]) == [row(b"a", 10, 5, b"again")]

    def test_the_newest_wins_inside_one_write(self, store: OnlineStore) -> None:
        assert store.write(1, [row(b"a", 10), row(b"a", 30), row(b"a", 20)]) == 3
        assert store.read(1, [b"a"]) == [row(b"a", 30)]
        assert store.count(1) == 1

    def test_boundaries_before_1970_are_instants_too(self, store: OnlineStore) -> None:
        store.write(1, [row(b"a", -10), row(b"b", -10)])
        store.write(1, [row(b"a", -20), row(b"b", 0)])
        assert store.read(1, [b"a", b"b"]) == [row(b"a", -10), row(b"b", 0)]

    def test_the_greatest_numbers_are_kept(self, store: OnlineStore) -> None:
        greatest = row(b"a", 2**63 - 1, 2**63 - 1)
        store.write(1, [greatest])
        assert store.read(1, [b"a"]) == [greatest]

    # Each subclass is another executor of the one property.
    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(
        st.lists(
            st.lists(st.tuples(st.binary(min_size=1, max_size=2), st.integers(-3, 3), st.integers(1, 3)), max_size=6),
            max_size=6,
        )
    )
    def test_any_history_of_writes_leaves_the_newest_row_of_each_key(
        self, store: OnlineStore, writes: list[list[tuple[bytes, int, int]]]
    ) -> None:
        store.drop(7)
        for batch in writes:
            store.write(7, [row(*each) for each in batch])
        newest = {
            key: max((boundary, version) for batch in writes for other, boundary, version in batch if other == key)
            for batch in writes
            for key, _, _ in batch
        }
        assert store.count(7) == len(newest)
        assert store.read(7, list(newest)) == [row(key, *pair) for key, pair in newest.items()]

    def test_awkward_keys_are_each_their_own(self, store: OnlineStore) -> None:
        store.write(1, [row(key, n) for n, key in enumerate(AWKWARD_KEYS)])
        assert store.read(1, AWKWARD_KEYS) == [row(key, n) for n, key in enumerate(AWKWARD_KEYS)]
        assert sorted(store.keys(1)) == sorted(AWKWARD_KEYS)

    def test_a_huge_key_and_a_huge_value_are_kept_whole(self, store: OnlineStore) -> None:
        huge = random.Random(1).randbytes(1_000_000)
        written = [row(huge + b"1", 1, value=huge), row(huge + b"2", 2, value=huge[::-1])]
        store.write(1, written)
        assert store.read(1, [huge + b"2", huge, huge + b"1"]) == [written[1], None, written[0]]

    def test_generations_do_not_see_each_other(self, store: OnlineStore) -> None:
        store.write(1, [row(b"a", 1)])
        store.write(2, [row(b"a", 2), row(b"b", 2)])
        assert store.read(1, [b"a", b"b"]) == [row(b"a", 1), None]
        assert (store.count(1), store.count(2)) == (1, 2)

    def test_a_dropped_generation_is_gone_and_the_others_stay(self, store: OnlineStore) -> None:
        store.write(1, [row(b"%d" % n, 1) for n in range(12_000)])
        store.write(2, [row(b"5", 1)])
        store.drop(1)
        store.drop(3)
        assert (store.count(1), store.count(2)) == (0, 1)
        assert store.read(1, [b"5"]) == [None] and store.read(2, [b"5"]) == [row(b"5", 1)]
        store.write(1, [row(b"5", -1)])
        assert store.read(1, [b"5"]) == [row(b"5", -1)]

    def test_100000_rows_are_written_listed_and_read(self, store: OnlineStore) -> None:
        keys = [b"entity %d" % n for n in range(100_000)]
        assert store.write(1, (row(key, 1) for key in keys)) == 100_000
        assert store.count(1) == 100_000
        assert sorted(store.keys(1)) == sorted(keys)
        sample = random.Random(3).sample(keys, 500)
        assert store.read(1, sample) == [row(key, 1) for key in sample]

    def test_an_iterable_that_fails_leaves_a_store_that_works(self, store: OnlineStore) -> None:
        def failing() -> Iterator[OnlineRow]:
            yield row(b"a", 1)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            store.write(1, failing())
        store.write(1, [row(b"b", 1)])
        assert store.read(1, [b"b"]) == [row(b"b", 1)]

    def test_another_opening_sees_what_was_written(self, open_store: OpenStore) -> None:
        writer, reader = open_store(), open_store()
        writer.write(1, [row(b"a", 1)])
        assert reader.read(1, [b"a"]) == [row(b"a", 1)]
        writer.close()
        writer.close()
        assert open_store().read(1, [b"a"]) == [row(b"a", 1)]

    def test_threads_share_a_store_while_it_is_written(self, store: OnlineStore) -> None:
        keys = [b"%d" % n for n in range(50)]
        store.write(1, [row(key, 0) for key in keys])
        torn: list[object] = []
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                torn.extend(
                    found for found in store.read(1, keys) if found is None or found != row(found.key, found.boundary)
                )

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for boundary in range(1, 40):
            store.write(1, [row(key, boundary) for key in keys])
        done.set()
        for thread in threads:
            thread.join()
        assert torn == []
        assert store.read(1, keys) == [row(key, 39) for key in keys]

    def test_two_processes_write_at_once_and_the_newest_wins(self, open_store: OpenStore, tmp_path: Path) -> None:
        body = (
            "for boundary in range(int(sys.argv[1]), 60, 2):\n"
            "    store.write(1, [OnlineRow(b'%d' % n, boundary, 1, b'%d.1' % boundary) for n in range(300)])\n"
        )
        processes = [self._start(tmp_path, body, str(first)) for first in (0, 1)]
        assert [process.wait(60) for process in processes] == [0, 0]
        keys = [b"%d" % n for n in range(300)]
        assert open_store().read(1, keys) == [row(key, 59) for key in keys]

    def test_a_writer_killed_in_the_middle_leaves_rows_old_or_new(self, open_store: OpenStore, tmp_path: Path) -> None:
        keys = [b"%d" % n for n in range(2_000)]
        filler = b"x" * 500
        open_store().write(1, [row(key, 0, value=b"0" + filler) for key in keys])
        body = (
            "print('ready', flush=True)\n"
            "for boundary in range(1, 100_000):\n"
            f"    value = b'%d' % boundary + b'x' * {len(filler)}\n"
            "    store.write(1, [OnlineRow(b'%d' % n, boundary, 1, value) for n in range(2_000)])\n"
        )
        for attempt in range(3):
            writer = self._start(tmp_path, body)
            assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
            time.sleep(random.Random(attempt).uniform(0.05, 0.2))
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
            store = open_store()
            found = store.read(1, keys)
            assert all(one is not None and one.value == b"%d" % one.boundary + filler for one in found)
            assert store.count(1) == 2_000
        store.write(1, [row(key, 1_000_000) for key in keys])
        assert store.read(1, keys) == [row(key, 1_000_000) for key in keys]

    def _start(self, tmp_path: Path, body: str, *arguments: str) -> subprocess.Popen[bytes]:
        imports, expression = self.opening(tmp_path)
        script = f"import sys\nfrom definitions.online_row import OnlineRow\n{imports}\nstore = {expression}\n{body}"
        return subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE)
