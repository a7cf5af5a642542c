"""A real HTTP server on a loopback port that remembers what is posted to it, and can be made to misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Listener:
    """What was posted: `documents` with `headers` and `paths`, in their order. `status` and `location` are what it
    answers; as long as `silence` is set it says nothing."""

    port: int = 0
    documents: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    status: int = 204
    location: str | None = None
    is_silent: bool = False
    speaks: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=hunter2"

    @property
    def told(self) -> list[tuple[str, str]]:
        """The subject and state of each document."""
        return [(document["subject"], document["state"]) for document in self.documents]


@contextmanager
def listening(port: int = 0) -> Iterator[Listener]:
    """A server for as long as the block runs; `port` is any that is free unless given."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            listener.paths.append(self.path)
            listener.headers.append(dict(self.headers))
            listener.documents.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if listener.is_silent:
                listener.speaks.wait()
            try:
                self.send_response(listener.status)
                if listener.location is not None:
                    self.send_header("Location", listener.location)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except ConnectionError:
                # Whoever asked waits no longer.
                return

        def do_GET(self) -> None:
            listener.paths.append(self.path)
            self.send_error(405)

        def log_message(self, *_: object) -> None:
            """Say nothing on stderr."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    server = Server(("127.0.0.1", port), Handler)
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.speaks.set()
        server.shutdown()
        server.server_close()
        thread.join()
