"""A HBase of one node on this machine, on loopback addresses only: for trying, and for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from definitions.errors import ConfigurationError
from online_hbase.admin import open_admin
from online_hbase.processes import SECONDS_TO_START, check_start, launch, listens, wait_for_ports
from online_hbase.site import Ports, Site, make_site


def start(folder: Path, thrift_port: int) -> Site:
    """Start a HBase that goes on after this process; the second time there is nothing to do.

    Raises:
        ConfigurationError: Java or Maven is missing, or somebody else has the port.
        OnlineStoreError: it does not start; names its log.
    """
    running = find_running(folder)
    if running is not None:
        return running
    if listens(thrift_port):
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
    if state is None or not _is_ours(state["pid"], folder):
        return False
    # Ending in peace takes it half a minute, and it recovers from its log either way.
    os.kill(state["pid"], signal.SIGKILL)
    _state_file(folder).unlink()
    return True


def find_running(folder: Path) -> Site | None:
    """The HBase that runs in a folder, if one does."""
    state = _read_state(folder)
    if state is None or not _is_ours(state["pid"], folder):
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


def _is_ours(pid: int, folder: Path) -> bool:
    """Whether a process is still the one that was started here: its number may be another's by now."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
        return "Processes" in words and any(word.startswith(f"{folder / 'conf'}:") for word in words)
    except OSError:
        return False


def wait_until_ready(site: Site, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait until a table can be made, which the master refuses for a while after everybody listens.

    Raises:
        OnlineStoreError: a process ended, or the time is up; names its log.
    """
    deadline = time.monotonic() + SECONDS_TO_START
    wait_for_ports([site.ports.gateway, site.ports.thrift], site, processes, deadline)
    with open_admin(site) as admin:
        while not admin.is_ready():
            check_start(site, processes, deadline)
            time.sleep(0.1)
