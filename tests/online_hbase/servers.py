"""Servers that tests start and end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from online_hbase.local import wait_until_ready
from online_hbase.pool import PoolSettings
from online_hbase.processes import launch
from online_hbase.site import HOST, Site, make_site


@contextmanager
def started(folder: Path, **settings: str) -> Iterator[Site]:
    """A HBase in one process, which ends with the context, or with this process."""
    site = make_site(folder, settings={name.replace("__", "."): value for name, value in settings.items()})
    process = launch(site, ["server", "gateway", "thrift"])
    try:
        wait_until_ready(site, [process])
        yield site
    finally:
        process.kill()
        process.wait()


def settings_of(site: Site, **given: Any) -> PoolSettings:
    return PoolSettings(HOST, site.ports.thrift, **given)
