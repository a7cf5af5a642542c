"""Processes of Java that run parts of HBase."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Sequence
from typing import Final

from definitions.errors import OnlineStoreError
from online_hbase.jars import OPTIONS, QUICK_TO_START, prepare_class_path
from online_hbase.site import HOST, Site

SECONDS_TO_START: Final = 120.0
_MEMORY: Final = "-Xmx768m"


def launch(site: Site, parts: Sequence[str], attached: bool = True) -> subprocess.Popen[bytes]:
    """Start parts of a HBase (`server`, `thrift`, `gateway`) in one process of Java; returns at once.

    An `attached` process ends with the one that started it, and is quick to start; another goes on, in a session of its
    own, and grows faster the longer it runs.
    """
    class_path = f"{site.class_path}:{prepare_class_path()}"
    log = site.log("-".join(parts)).open("ab")
    environment = {
        **os.environ,
        "FEATURESTORE_GATEWAY_PORT": str(site.ports.gateway),
        "FEATURESTORE_GATEWAY_TOKEN": site.token,
    }
    options = [_MEMORY, *OPTIONS, *(QUICK_TO_START if attached else ())]
    command = ["java", *options, "-cp", class_path, "Processes", *(["attached"] if attached else []), *parts]
    with log:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )


def wait_for_gateway(site: Site, process: subprocess.Popen[bytes]) -> None:
    """Wait until a gateway listens.

    Raises:
        OnlineStoreError: the process ended, or did not come to it in time; names its log.
    """
    wait_for_ports([site.ports.gateway], site, [process], time.monotonic() + SECONDS_TO_START)


def wait_for_ports(
    ports: Sequence[int], site: Site, processes: Sequence[subprocess.Popen[bytes]], deadline: float
) -> None:
    while not all(map(listens, ports)):
        check_start(site, processes, deadline)
        time.sleep(0.1)


def check_start(site: Site, processes: Sequence[subprocess.Popen[bytes]], deadline: float) -> None:
    logs = ", ".join(str(path) for path in sorted((site.folder / "logs").glob("*.log")))
    for process in processes:
        if process.poll() is not None:
            raise OnlineStoreError(f"HBase ended with exit code {process.returncode} while it started; see {logs}")
    if time.monotonic() > deadline:
        raise OnlineStoreError(f"HBase did not start in time; see {logs}")


def listens(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex((HOST, port)) == 0
