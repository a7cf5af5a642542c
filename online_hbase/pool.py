"""Connections to HBase's Thrift server: bounded, shared by threads, each call with a deadline.

A connection on which anything went wrong is closed, whatever it was: after a time-out the same connection would answer
the next request with the answer to this one. (A pool that only refreshes connections on errors of its own library keeps
them when the caller's own code is interrupted.)
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import happybase
from Hbase_thrift import Hbase, IllegalArgument
from Hbase_thrift import IOError as HBaseIOError
from thriftpy2.protocol import TBinaryProtocol
from thriftpy2.thrift import TApplicationException, TClient, TException
from thriftpy2.transport import TBufferedTransport, TTransportException

from definitions.errors import OnlineStoreError
from online_hbase.deadline_socket import DeadlineSocket
from online_hbase.java_words import first_line
from online_hbase.pool_metrics import PoolMetrics

Result = TypeVar("Result")

_BUFFER: Final = 1 << 16
"""Bytes that one system call fetches; Thrift's own 4096 makes ten of an answer of a hundred rows."""
_LONGEST_PAUSE: Final = 0.05
"""Seconds before a call goes out again; by chance, so that those who lost a server do not come back all at once."""


@dataclass(frozen=True)
class PoolSettings:
    """`timeout` is a call's, connecting and waiting for a connection included, `idle` how long one may lie unused,
    both in seconds; the Thrift server closes what lies longer than its own limit (60 by default)."""

    host: str
    port: int
    size: int = 16
    timeout: float = 10.0
    idle: float = 30.0


@dataclass
class _Held:
    """A connection and its socket; `used` says when it was last."""

    connection: happybase.Connection
    socket: DeadlineSocket
    used: float


class _Connections:
    """Those of one process, and how many more there may be."""

    def __init__(self, size: int) -> None:
        self.process = os.getpid()
        self.lock = threading.Lock()
        self.slots = threading.Semaphore(size)
        self.idle: list[_Held] = []
        self.closings = 0


class ConnectionPool:
    """At most `size` connections, opened when they are needed. A forked process has its own."""

    def __init__(self, settings: PoolSettings) -> None:
        self.settings = settings
        self.metrics = PoolMetrics()
        self._held = _Connections(settings.size)
        self._inherited: list[_Connections] = []

    def call(self, kind: str, work: Callable[[happybase.Connection], Result]) -> Result:
        """Let `work` use a connection, within the pool's `timeout`. It has to be something that may be done twice:
        where a connection that lay idle turns out dead, it is done once more with a new one.

        Raises:
            OnlineStoreError: the server does not answer in time, or refuses; in one line.
        """
        started = time.monotonic()
        try:
            with self._told_in_words():
                return self._call(work, started + self.settings.timeout)
        finally:
            self.metrics.time(kind, time.monotonic() - started)

    def close(self) -> None:
        """Close what lies idle, and what is in use when it comes back; the next call opens another."""
        held = self._connections()
        with held.lock:
            idle, held.idle = held.idle, []
            held.closings += 1
        for each in idle:
            each.connection.close()

    def _call(self, work: Callable[[happybase.Connection], Result], deadline: float) -> Result:
        connections = self._connections()
        if not connections.slots.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise TimeoutError(f"all {self.settings.size} connections are in use")
        try:
            held = self._take_idle(connections)
            if held is not None:
                try:
                    return self._use(connections, held, work, deadline)
                except (TTransportException, ConnectionError):
                    # Somebody closed it while it lay here: the server, or what stands between.
                    self.metrics.count("retried")
                    time.sleep(random.uniform(0, _LONGEST_PAUSE))
            return self._use(connections, self._open(deadline), work, deadline)
        finally:
            connections.slots.release()

    def _use(
        self,
        connections: _Connections,
        held: _Held,
        work: Callable[[happybase.Connection], Result],
        deadline: float,
    ) -> Result:
        held.socket.deadline = deadline
        closings = connections.closings
        try:
            result = work(held.connection)
        except BaseException:
            self.metrics.count("dropped")
            held.connection.close()
            raise
        held.used = time.monotonic()
        with connections.lock:
            kept = closings == connections.closings
            if kept:
                connections.idle.append(held)
        if not kept:
            held.connection.close()
        return result

    def _take_idle(self, connections: _Connections) -> _Held | None:
        """The connection that was used last, so that others can grow old; those that did are closed."""
        oldest = time.monotonic() - self.settings.idle
        with connections.lock:
            fresh = [held for held in connections.idle if held.used >= oldest]
            stale = [held for held in connections.idle if held.used < oldest]
            taken = fresh.pop() if fresh else None
            connections.idle = fresh
        for held in stale:
            self.metrics.count("idle_closed")
            held.connection.close()
        return taken

    def _open(self, deadline: float) -> _Held:
        connection = happybase.Connection(autoconnect=False)
        opened = DeadlineSocket(self.settings.host, self.settings.port)
        opened.deadline = deadline
        connection.transport = TBufferedTransport(opened, _BUFFER)
        connection.client = TClient(Hbase, TBinaryProtocol(connection.transport, decode_response=False))
        connection.open()
        self.metrics.count("opened")
        return _Held(connection, opened, time.monotonic())

    @contextmanager
    def _told_in_words(self) -> Iterator[None]:
        place = f"HBase's Thrift server at {self.settings.host}:{self.settings.port}"
        try:
            yield
        except TimeoutError as error:
            self.metrics.count("timed_out")
            seconds = f"{self.settings.timeout:g} seconds"
            raise OnlineStoreError(f"{place} did not answer within {seconds} ({error})") from error
        except (HBaseIOError, IllegalArgument, TApplicationException) as error:
            self.metrics.count("refused")
            raise OnlineStoreError(f"{place} refuses: {first_line(error.message)}") from error
        except (TException, OSError) as error:
            # Thrift says that it cannot connect, and Python beneath it why.
            cause = error.__context__ if isinstance(error.__context__, OSError) else error
            raise OnlineStoreError(f"{place} cannot be reached: {first_line(str(cause))}; see online.host") from error

    def _connections(self) -> _Connections:
        if self._held.process != os.getpid():
            # What a parent opened is the parent's; letting go of it here would end it there.
            self._inherited.append(self._held)
            self._held = _Connections(self.settings.size)
            # Somebody may have counted at the moment of the fork, and nobody here would ever end it.
            self.metrics = PoolMetrics()
        return self._held
