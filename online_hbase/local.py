"""A HBase of one node on this machine, on loopback addresses only: for trying, and for tests."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from definitions.errors import ConfigurationError, OnlineStoreError
from online_hbase.jars import OPTIONS, prepare_class_path

HOST: Final = "127.0.0.1"
SECONDS_TO_START: Final = 120.0
_MEMORY: Final = "-Xmx768m"
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


def launch(site: Site, parts: Sequence[str], attached: bool = True) -> subprocess.Popen[bytes]:
    """Start parts of a HBase (`server`, `thrift`, `gateway`) in one process of Java; returns at once.

    An `attached` process ends with the one that started it; another goes on, in a session of its own.
    """
    class_path = f"{site.class_path}:{prepare_class_path()}"
    log = site.log("-".join(parts)).open("ab")
    environment = {
        **os.environ,
        "FEATURESTORE_GATEWAY_PORT": str(site.ports.gateway),
        "FEATURESTORE_GATEWAY_TOKEN": site.token,
    }
    command = ["java", _MEMORY, *OPTIONS, "-cp", class_path, "Processes", *(["attached"] if attached else []), *parts]
    with log:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )


def wait_until_ready(
    site: Site, processes: Sequence[subprocess.Popen[bytes]], seconds: float = SECONDS_TO_START
) -> None:
    """Wait until a table can be made, which the master refuses for a while after everybody listens.

    Raises:
        OnlineStoreError: a process ended, or the time is up; names its log.
    """
    from online_hbase.admin import open_admin

    deadline = time.monotonic() + seconds
    _wait_for([site.ports.gateway, site.ports.thrift], site, processes, deadline)
    with open_admin(site) as admin:
        while not admin.is_ready():
            _check(site, processes, deadline)
            time.sleep(0.1)


def wait_for_gateway(site: Site, process: subprocess.Popen[bytes]) -> None:
    """Wait until a gateway listens.

    Raises:
        OnlineStoreError: the process ended, or did not come to it in time; names its log.
    """
    _wait_for([site.ports.gateway], site, [process], time.monotonic() + SECONDS_TO_START)


def _wait_for(ports: Sequence[int], site: Site, processes: Sequence[subprocess.Popen[bytes]], deadline: float) -> None:
    while not all(map(_listens, ports)):
        _check(site, processes, deadline)
        time.sleep(0.1)


def _check(site: Site, processes: Sequence[subprocess.Popen[bytes]], deadline: float) -> None:
    logs = ", ".join(str(path) for path in sorted((site.folder / "logs").glob("*.log")))
    for process in processes:
        if process.poll() is not None:
            raise OnlineStoreError(f"HBase ended with exit code {process.returncode} while it started; see {logs}")
    if time.monotonic() > deadline:
        raise OnlineStoreError(f"HBase did not start in time; see {logs}")


def start(folder: Path, thrift_port: int) -> Site:
    """Start a HBase that goes on after this process; the second time there is nothing to do.

    Raises:
        ConfigurationError: Java or Maven is missing, or somebody else has the port.
        OnlineStoreError: it does not start; names its log.
    """
    running = find_running(folder)
    if running is not None:
        return running
    if _listens(thrift_port):
        raise ConfigurationError(
            f"port {thrift_port} is somebody else's; name another as online.port in featurestore.yaml"
        )
    site = make_site(folder, thrift_port)
    process = launch(site, ["server", "gateway", "thrift"], attached=False)
    try:
        wait_until_ready(site, [process])
    except BaseException:
        process.kill()
        raise
    _write_state(site, process.pid)
    return site


def stop(folder: Path) -> bool:
    """Stop the HBase that `start` left in a folder; False if none runs. What it wrote to its log is kept."""
    state = _read_state(folder)
    if state is None or not _is_ours(state["pid"]):
        return False
    # Ending in peace takes it half a minute, and it recovers from its log either way.
    os.kill(state["pid"], signal.SIGKILL)
    _state_file(folder).unlink()
    return True


def find_running(folder: Path) -> Site | None:
    """The HBase that runs in a folder, if one does."""
    state = _read_state(folder)
    if state is None or not _is_ours(state["pid"]):
        return None
    return Site(folder, Ports(**state["ports"]), state["token"])


def _state_file(folder: Path) -> Path:
    return folder / "running.json"


def _write_state(site: Site, pid: int) -> None:
    file = _state_file(site.folder)
    # It holds the gateway's token, so nobody else may read it.
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
        json.dump({"pid": pid, "ports": asdict(site.ports), "token": site.token}, written)


def _read_state(folder: Path) -> dict[str, Any] | None:
    file = _state_file(folder)
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def _is_ours(pid: int) -> bool:
    """Whether a process is still the one that was started: its number may be another's by now."""
    try:
        return b"Processes" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex((HOST, port)) == 0


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
