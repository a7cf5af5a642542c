"""The bridge to Java: HBase's own Admin API, called from Python.

Everything that this product asks of HBase beside reading and writing rows goes through here, over py4j, to a gateway
on a loopback address that wants its token: the one of a local HBase, or one that `started_gateway` starts for a HBase
elsewhere, which is found by its ZooKeeper. Nothing of what HBase does itself is done anew in Python.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from definitions.errors import OnlineStoreError
from online_hbase.java_words import first_line
from online_hbase.processes import launch, wait_for_gateway
from online_hbase.site import Site, make_site

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway


@contextmanager
def open_gateway(site: Site) -> Iterator[JavaGateway]:
    """A connection to the gateway of a local HBase."""
    from py4j.java_gateway import GatewayParameters, JavaGateway

    parameters = GatewayParameters(port=site.ports.gateway, auth_token=site.token, auto_convert=True)
    gateway = JavaGateway(gateway_parameters=parameters)
    try:
        yield gateway
    finally:
        # Objects of Java are let go of while somebody hears it: their finalizers would open the connection again.
        gc.collect()
        gateway.close()


@contextmanager
def started_gateway(quorum: str) -> Iterator[Site]:
    """A gateway in a process of its own, to the HBase whose ZooKeeper is at `quorum`; it ends with the context."""
    with tempfile.TemporaryDirectory(prefix="featurestore-hbase-") as name:
        site = make_site(Path(name), quorum=quorum)
        process = launch(site, ["gateway"])
        try:
            wait_for_gateway(site, process)
            yield site
        finally:
            process.kill()
            process.wait()


@contextmanager
def told_in_words(doing: str) -> Iterator[None]:
    """Raises:
    OnlineStoreError: Java refuses; with what it says, without its stack.
    """
    from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError

    try:
        yield
    except Py4JJavaError as error:
        raise OnlineStoreError(f"{doing}: {first_line(_message(error.java_exception))}") from error
    except (Py4JNetworkError, Py4JError, ConnectionError) as error:
        raise OnlineStoreError(f"{doing}: the gateway to HBase does not answer ({first_line(str(error))})") from error


def _message(error: Any) -> str:
    said = error.getMessage()
    return f"{error.getClass().getName()}: {said}" if said else str(error.getClass().getName())
