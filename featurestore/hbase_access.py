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
    from online_hbase.site import Site


def local_folder(configuration: Configuration) -> Path:
    """Where `featurestore hbase up` keeps a HBase."""
    return configuration.root / ".featurestore" / "hbase"


def can_load_files(configuration: Configuration) -> bool:
    """Whether files that are made here can be adopted by the HBase that a configuration means: the local one sees this
    machine's folders, another has a staging folder."""
    if configuration.online.zookeeper is not None:
        return configuration.online.staging is not None
    return _local_site(configuration) is not None


@contextmanager
def open_admin(configuration: Configuration) -> Iterator[HBaseAdmin]:
    """The Admin API of the HBase whose ZooKeeper is configured, or of the local one.

    Raises:
        ConfigurationError: there is neither, or the libraries are missing.
    """
    try:
        from online_hbase import admin, gateway
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"{error.name} is not installed; run: pip install 'featurestore[hbase]'") from error
    online = configuration.online
    if online.zookeeper is not None:
        with gateway.started_gateway(online.zookeeper) as elsewhere, admin.open_admin(elsewhere) as opened:
            yield opened
        return
    site = _local_site(configuration)
    if site is None:
        raise ConfigurationError(
            f"no HBase of this repository runs at {online.host}:{online.port}; start one with `featurestore hbase up`, "
            "or name the ZooKeeper of another as online.zookeeper in featurestore.yaml"
        )
    with admin.open_admin(site) as opened:
        yield opened


def _local_site(configuration: Configuration) -> Site | None:
    """The HBase that runs in the repository, if it is the one that online rows go to."""
    from online_hbase.local import find_running
    from online_hbase.site import HOST

    site = find_running(local_folder(configuration))
    online = configuration.online
    if site is None or online.host not in (HOST, "localhost") or online.port != site.ports.thrift:
        return None
    return site
