"""How a SQLite file is opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from featurestore.sqlite_files import connect

_ASK = "PRAGMA synchronous"


def test_commits_are_synced_to_the_disk_but_in_tests(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from featurestore.sqlite_files import connect;"
        f"print(connect(Path(sys.argv[1])).execute('{_ASK}').fetchone()[0])"
    )
    told = subprocess.run([sys.executable, "-c", script, tmp_path / "a.db"], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "2"
    connection = connect(tmp_path / "b.db")
    assert connection.execute(_ASK).fetchone() == (0,)
    connection.close()
