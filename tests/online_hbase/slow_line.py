"""A line between a client and a server that can be made slow: bytes pass through it unchanged, when they may."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from online_hbase.site import HOST


class SlowLine:
    """Forwards each connection to `port`; answers wait `delay` seconds, and then come `drip` bytes at a time."""

    def __init__(self, port: int) -> None:
        self.delay = 0.0
        self.drip: int | None = None
        self._server_port = port
        self._listener = socket.create_server((HOST, 0))
        self.port = self._listener.getsockname()[1]
        self._opened: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for each in self._opened:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((HOST, self._server_port))
            self._opened += [client, server]
            threading.Thread(target=self._forward, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._forward, args=(server, client, True), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        try:
            while data := source.recv(1 << 16):
                if answers and self.delay:
                    time.sleep(self.delay)
                size = (self.drip if answers else None) or len(data)
                for start in range(0, len(data), size):
                    target.sendall(data[start : start + size])
                    if size < len(data):
                        time.sleep(0.05)
        except OSError:
            pass
        finally:
            target.close()


@contextmanager
def slow_line(port: int) -> Iterator[SlowLine]:
    line = SlowLine(port)
    try:
        yield line
    finally:
        line.close()
