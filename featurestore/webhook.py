"""Posting a JSON document to a webhook: one request, no redirects, no longer than a few seconds, never an error."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: the `status` of the answer, None where there was none, and that in words, in which
    nothing of the URL or of what the server said stands."""

    status: int | None
    words: str

    @property
    def is_taken(self) -> bool:
        """Whether the server took the document; a redirect is none of that."""
        return self.status is not None and 200 <= self.status < 300


def post(url: str, document: Mapping[str, Any], seconds: float) -> Answer:
    """Post a document to an http or https URL, whose user and password, if any, go into a header.

    It takes no longer than `seconds` in all, looking up the host included.
    """
    answers: SimpleQueue[Answer] = SimpleQueue()
    # In a thread of its own: time-outs of sockets bound neither the look-up of a host nor a server that dawdles.
    Thread(target=lambda: answers.put(_post(url, document, seconds)), name="webhook", daemon=True).start()
    try:
        return answers.get(timeout=seconds)
    except Empty:
        return Answer(None, f"no answer within {seconds:g} s")


def _post(url: str, document: Mapping[str, Any], seconds: float) -> Answer:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return Answer(None, "it is neither http nor https")
    headers = {"Content-Type": "application/json", "User-Agent": "featurestore"}
    login, _, place = parts.netloc.rpartition("@")
    if login:
        headers["Authorization"] = f"Basic {b64encode(unquote(login).encode()).decode()}"
    asked = urlunsplit((parts.scheme, place, parts.path, parts.query, ""))
    body = json.dumps(document, ensure_ascii=False).encode()
    try:
        with _opener().open(Request(asked, body, headers, method="POST"), timeout=seconds) as response:
            return Answer(response.status, f"it answered {response.status}")
    except HTTPError as error:
        error.close()
        return Answer(error.code, f"it answered {error.code}")
    except URLError as error:
        return Answer(None, f"no answer ({type(error.reason).__name__})")
    except (OSError, HTTPException, ValueError) as error:
        return Answer(None, f"no answer ({type(error).__name__})")


def _opener() -> OpenerDirector:
    """What speaks http and https, through proxies where the environment names some, and follows nothing."""
    opener = OpenerDirector()
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPErrorProcessor, HTTPDefaultErrorHandler):
        opener.add_handler(handler())
    return opener
