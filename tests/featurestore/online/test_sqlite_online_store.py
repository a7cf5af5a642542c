"""The embedded online store does what every online store does, and its own file is safe."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from definitions.errors import ConfigurationError
from featurestore.online.protocol import OnlineStore
from featurestore.online.sqlite import SqliteOnlineStore
from tests.featurestore.online.conformance import OnlineStoreConformance, OpenStore, row


class TestSqliteOnlineStore(OnlineStoreConformance):
    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Iterator[OpenStore]:
        opened: list[OnlineStore] = []

        def open_one() -> OnlineStore:
            opened.append(SqliteOnlineStore(tmp_path / "state" / "online.db"))
            return opened[-1]

        yield open_one
        for store in opened:
            store.close()

    def opening(self, tmp_path: Path) -> tuple[str, str]:
        return (
            "from pathlib import Path\nfrom featurestore.online.sqlite import SqliteOnlineStore",
            f"SqliteOnlineStore(Path({str(tmp_path / 'state' / 'online.db')!r}))",
        )


def test_a_look_up_loads_nothing_heavy() -> None:
    script = (
        "import sys, featurestore.online.sqlite, featurestore.online.codec;"
        "heavy = ('pydantic', 'sqlalchemy', 'pandas', 'numpy', 'duckdb', 'yaml');"
        "print([name for name in heavy if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_reader_is_not_held_up_by_a_writer_in_the_middle(tmp_path: Path) -> None:
    store = SqliteOnlineStore(tmp_path / "online.db")
    store.write(1, [row(b"a", 1)])
    writer = sqlite3.connect(tmp_path / "online.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE online_rows SET boundary = 2")
    assert store.read(1, [b"a"]) == [row(b"a", 1)]
    writer.execute("ROLLBACK")
    writer.close()


def test_a_forked_process_reads_with_a_connection_of_its_own(tmp_path: Path) -> None:
    script = f"""
import os, sys
from pathlib import Path
from featurestore.online.sqlite import SqliteOnlineStore
from definitions.online_row import OnlineRow
store = SqliteOnlineStore(Path({str(tmp_path / "online.db")!r}))
store.write(1, [OnlineRow(b"a", 1, 1, b"v")])
mine = store._connections.get()
child = os.fork()
if child == 0:
    assert store._connections.get() is not mine
    store.write(1, [OnlineRow(b"b", 1, 1, b"v")])
    store.close()
    os._exit(0 if store.count(1) == 2 else 1)
assert os.waitpid(child, 0)[1] == 0
assert store.count(1) == 2 and store._connections.get() is mine
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_threads_that_end_give_their_connections_back(tmp_path: Path) -> None:
    store = SqliteOnlineStore(tmp_path / "online.db")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(200):
        thread = threading.Thread(target=store.read, args=(1, [b"a"]))
        thread.start()
        thread.join()
    gc.collect()
    # SQLite itself keeps some descriptors of closed connections for later ones.
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 100
    store.close()


def test_a_file_that_is_no_database_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "online.db").write_text("this is a letter, not a database, and it is long enough to be sure of that")
    with pytest.raises(ConfigurationError, match=r"online\.db"):
        SqliteOnlineStore(tmp_path / "online.db")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="check the folder"):
        SqliteOnlineStore(tmp_path / "file" / "online.db")
