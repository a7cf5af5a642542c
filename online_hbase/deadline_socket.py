"""A socket of Thrift whose every call has one deadline, however slowly the answer drips."""

from __future__ import annotations

import time

from thriftpy2.transport import TSocket


class DeadlineSocket(TSocket):  # type: ignore[misc]  # thriftpy2 has no types
    """Connecting, sending and receiving until `deadline` (of `time.monotonic`); raises TimeoutError after it."""

    deadline: float = 0.0

    def open(self) -> None:
        self.connect_timeout = self._left()
        super().open()

    def read(self, sz: int) -> bytes:
        self.sock.settimeout(self._left())
        return bytes(super().read(sz))

    def write(self, buf: bytes) -> None:
        self.sock.settimeout(self._left())
        super().write(buf)

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left
