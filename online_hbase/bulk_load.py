"""First and large loads: HFiles made beside HBase and adopted by it, instead of rows sent one batch after another.

What is written is byte for byte what `HBaseOnlineStore.write` writes, and the same newest value wins: each (boundary,
version) is a cell of its own, and readers take the greatest.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from definitions.online_row import OnlineRow
from online_hbase.cell_files import write_cell_files
from online_hbase.row_key import Shelf

if TYPE_CHECKING:
    from online_hbase.admin import HBaseAdmin


def bulk_load(
    admin: HBaseAdmin, table: str, shelf: Shelf, rows: Iterable[OnlineRow], replacing: bool, staging: str | None = None
) -> int:
    """Load rows into a table; none of them is there before the end, when all regions adopt theirs. To do it again is
    right. With `replacing`, rows of before are cleaned up as `write` does; without, there must be none.

    Cells lie in a temporary folder here, and HFiles at `staging`, a URL of a folder that the region servers see: this
    machine's temporary folder if not given.

    Raises:
        RequestError: a key is empty.
        OnlineStoreError: HBase refuses.
    """
    with tempfile.TemporaryDirectory(prefix="featurestore-bulk-") as name:
        folder = Path(name)
        taken = write_cell_files(shelf, rows, folder)
        output = f"{staging.rstrip('/')}/{folder.name}" if staging else (folder / "hfiles").as_uri()
        admin.load_cells(table, folder / "sorted", output, replacing)
    return taken
