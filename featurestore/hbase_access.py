"""The Admin API of the HBase that a configuration means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from definitions.errors import ConfigurationError
from featurestore.config import Configuration

if TYPE_CHECKING:
    from online_hbase.admin import HBaseAdmin


def local_folder(configuration: Configuration) -> Path:
    """Where `featurestore hbase up` keeps a HBase."""
    return configuration.root / ".featurestore" / "hbase"


def can_open_admin(configuration: Configuration) -> bool:
    """Whether a local HBase runs in the repository, or the ZooKeeper of another is configured."""
    from online_hbase.local import find_running

    return configuration.online.zookeeper is not None or find_running(local_folder(configuration)) is not None


@contextmanager
def open_admin(configuration: Configuration) -> Iterator[HBaseAdmin]:
    """The Admin API of the HBase whose ZooKeeper is configured, or of the local one.

    Raises:
        ConfigurationError: there is neither, or the libraries are missing.
    """
    try:
        from online_hbase import admin, gateway, local
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"{error.name} is not installed; run: pip install 'featurestore[hbase]'") from error
    quorum = configuration.online.zookeeper
    if quorum is not None:
        with gateway.started_gateway(quorum) as elsewhere, admin.open_admin(elsewhere) as opened:
            yield opened
        return
    site = local.find_running(local_folder(configuration))
    if site is None:
        raise ConfigurationError(
            "no HBase runs in this repository; start one with `featurestore hbase up`, or name the ZooKeeper of "
            "another as online.zookeeper in featurestore.yaml"
        )
    with admin.open_admin(site) as opened:
        yield opened
