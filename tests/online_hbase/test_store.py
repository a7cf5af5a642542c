"""The online store in HBase does what every online store does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from online_hbase.store import HBaseOnlineStore
from tests.featurestore.online.conformance import OnlineStoreConformance, OpenStore


class TestHBaseOnlineStore(OnlineStoreConformance):
    @pytest.fixture
    def open_store(self, open_online: Callable[[], HBaseOnlineStore]) -> OpenStore:
        self._opened = open_online()
        return open_online

    def opening(self, tmp_path: Path) -> tuple[str, str]:
        settings = self._opened.pool.settings
        prefix = self._opened.table.removesuffix("_online_rows")
        return (
            "from online_hbase.pool import PoolSettings\nfrom online_hbase.store import HBaseOnlineStore",
            f"HBaseOnlineStore(PoolSettings({settings.host!r}, {settings.port}), {prefix!r})",
        )
