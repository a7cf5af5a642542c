"""Holding a lease for as long as the work takes: wait for it, renew it in the background, give it back."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from definitions.errors import ConfigurationError, ConflictError
from featurestore.clock import SystemClock
from featurestore.registry.leases import Lease, LeaseRegistry

LEASE_SECONDS = 12.0
"""How long a lease outlives a holder that died without giving it back."""

_RENEW_SECONDS = 3.0
_POLL_SECONDS = 0.1


@contextmanager
def held_lease(leases: LeaseRegistry, name: str, wait_seconds: float = 3 * LEASE_SECONDS) -> Iterator[Lease]:
    """Hold the lease `name` inside the block; leases run on real time whatever the store's clock says.

    A holder on this machine that is no longer running loses its lease at once; any other is waited for.

    Raises:
        ConflictError: somebody still has it after `wait_seconds`.
    """
    clock = SystemClock()
    lease = _acquire(leases, name, clock, time.monotonic() + wait_seconds)
    done = threading.Event()

    def renew() -> None:
        while not done.wait(_RENEW_SECONDS):
            try:
                leases.renew(lease, LEASE_SECONDS, clock.now())
            except ConflictError:
                # Somebody took it over; the swap or the watermark will refuse what this holder still tries.
                return
            except ConfigurationError:
                # The registry is away for now; if it stays so, the work says it.
                continue

    renewing = threading.Thread(target=renew, name=f"lease {name}", daemon=True)
    renewing.start()
    try:
        yield lease
    finally:
        done.set()
        renewing.join()
        leases.release(lease)


def _acquire(leases: LeaseRegistry, name: str, clock: SystemClock, deadline: float) -> Lease:
    while True:
        try:
            return leases.acquire(name, _holder(), LEASE_SECONDS, clock.now())
        except ConflictError:
            present = leases.holder(name, clock.now())
            if present is not None and _is_dead(present.holder):
                leases.release(present)
                continue
            if time.monotonic() > deadline:
                raise
            time.sleep(_POLL_SECONDS)


def _holder() -> str:
    return f"{socket.gethostname()}/{os.getpid()}/{threading.get_ident()}"


def _is_dead(holder: str) -> bool:
    """Whether a holder is a process of this machine that has ended."""
    host, _, rest = holder.partition("/")
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(rest.partition("/")[0]), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False
    return False
