"""A folder from which processes of HBase run: its configuration, ports and token; nothing is started here."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

HOST: Final = "127.0.0.1"
_LOGGING: Final = Path(__file__).parent / "java" / "log4j2.xml"


@dataclass(frozen=True)
class Ports:
    """Where the parts of a local HBase listen."""

    zookeeper: int
    master: int
    region_server: int
    thrift: int
    gateway: int


@dataclass(frozen=True)
class Site:
    """A folder with the configuration and logs of processes of HBase, their ports, and the gateway's token.

    Those of a client's site are no servers, but find some elsewhere.
    """

    folder: Path
    ports: Ports
    token: str
    is_client: bool = False

    @property
    def class_path(self) -> str:
        """Where processes find their configuration: of a client, in HBASE_CONF_DIR before what is here."""
        given = os.environ.get("HBASE_CONF_DIR") if self.is_client else None
        return ":".join(filter(None, (given, str(self.folder / "conf"))))

    def log(self, part: str) -> Path:
        return self.folder / "logs" / f"{part}.log"


def make_site(
    folder: Path,
    thrift_port: int | None = None,
    quorum: str | None = None,
    settings: Mapping[str, str] | None = None,
) -> Site:
    """Configure a local HBase in a folder, on free ports but for Thrift's if that is given; nothing is started.

    With a `quorum`, the address of a ZooKeeper, the configuration is of a client of the HBase there. `settings` are
    further properties of hbase-site.xml.
    """
    zookeeper, master, region_server, thrift, gateway = _free_ports(5)
    ports = Ports(zookeeper, master, region_server, thrift_port or thrift, gateway)
    site = Site(folder, ports, secrets.token_urlsafe(24), is_client=quorum is not None)
    for part in ("conf", "logs", "data"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    properties = {**(_properties(site) if quorum is None else _of_client(quorum)), **(settings or {})}
    written = "".join(
        f"  <property><name>{escape(name)}</name><value>{escape(value)}</value></property>\n"
        for name, value in properties.items()
    )
    (folder / "conf" / "hbase-site.xml").write_text(f"<configuration>\n{written}</configuration>\n", encoding="utf-8")
    shutil.copy(_LOGGING, folder / "conf" / "log4j2.xml")
    return site


def _free_ports(count: int) -> list[int]:
    """Ports that are free now; all are held until each is known, so that none comes twice."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def _of_client(quorum: str) -> dict[str, str]:
    """Of a quorum such as `one,two:2181`."""
    hosts, _, port = quorum.partition(":")
    return {"hbase.zookeeper.quorum": hosts, "hbase.zookeeper.property.clientPort": port or "2181"}


def _properties(site: Site) -> dict[str, str]:
    data, ports = site.folder / "data", site.ports
    return {
        "hbase.rootdir": (data / "hbase").absolute().as_uri(),
        "hbase.tmp.dir": str(data / "tmp"),
        "hbase.zookeeper.property.dataDir": str(data / "zookeeper"),
        "hbase.cluster.distributed": "false",
        # A folder of this machine promises less than HDFS does.
        "hbase.unsafe.stream.capability.enforce": "false",
        "hbase.zookeeper.quorum": HOST,
        "hbase.zookeeper.property.clientPort": str(ports.zookeeper),
        "hbase.zookeeper.property.clientPortAddress": HOST,
        "hbase.master.hostname": "localhost",
        "hbase.regionserver.hostname": "localhost",
        "hbase.master.ipc.address": HOST,
        "hbase.regionserver.ipc.address": HOST,
        "hbase.master.port": str(ports.master),
        "hbase.regionserver.port": str(ports.region_server),
        # The jars have no pages to show.
        "hbase.master.info.port": "-1",
        "hbase.regionserver.info.port": "-1",
        "hbase.thrift.info.port": "-1",
        "hbase.regionserver.thrift.ipaddress": HOST,
        "hbase.regionserver.thrift.port": str(ports.thrift),
        # One node need not wait for others.
        "hbase.regionserver.msginterval": "200",
        "hbase.master.wait.on.regionservers.interval": "100",
        "hbase.master.wait.on.regionservers.maxtostart": "1",
        # Files that a compaction replaced are let go of soon, and until then no region is split or merged.
        "hbase.hfile.compaction.discharger.interval": "1000",
    }
