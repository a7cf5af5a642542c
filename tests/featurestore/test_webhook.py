"""A webhook gets a document once, wherever it says, and nobody waits long for it."""

from __future__ import annotations

import socket
import threading
import time
from base64 import b64decode
from collections.abc import Iterator

import pytest

from featurestore.webhook import post
from tests.listening import Listener, listening

DOCUMENT = {"subject": "naïve ☃", "numbers": {"age": 3}}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,nowhere.invalid")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def test_a_document_is_posted_as_json(listener: Listener) -> None:
    assert post(listener.url, DOCUMENT, 5).is_taken
    assert listener.documents == [DOCUMENT] and listener.paths == ["/hook?token=hunter2"]
    assert listener.headers[0]["Content-Type"] == "application/json"


def test_a_user_and_a_password_go_into_a_header(listener: Listener) -> None:
    assert post(listener.url.replace("127", "me:hunter%402@127", 1), DOCUMENT, 5).is_taken
    kind, _, login = listener.headers[0]["Authorization"].partition(" ")
    assert (kind, b64decode(login)) == ("Basic", b"me:hunter@2")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(listener: Listener, status: int) -> None:
    with listening() as elsewhere:
        listener.status, listener.location = status, elsewhere.url
        answer = post(listener.url, DOCUMENT, 5)
        assert (answer.is_taken, answer.status, elsewhere.paths) == (False, status, [])


@pytest.mark.parametrize("status", [400, 404, 500])
def test_a_refusal_is_told_by_its_number_alone(listener: Listener, status: int) -> None:
    listener.status = status
    answer = post(listener.url, DOCUMENT, 5)
    assert (answer.is_taken, answer.words) == (False, f"it answered {status}")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/", "data:,hello"])
def test_nothing_but_http_is_spoken(url: str) -> None:
    assert post(url, DOCUMENT, 5).words == "it is neither http nor https"


def test_where_nobody_listens_the_error_has_nothing_of_the_url() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://me:hunter2@127.0.0.1:{unheard.getsockname()[1]}/hunter2?token=hunter2"
        answer = post(url, DOCUMENT, 5)
    assert (answer.status, answer.words) == (None, "no answer (ConnectionRefusedError)")
    for wrong in ("http://127.0.0.1:1/hunter2 hunter2", "http://hunter2:port/", "http://nowhere.invalid/hunter2"):
        answer = post(wrong, DOCUMENT, 5)
        assert answer.status is None and "hunter2" not in answer.words


def test_a_server_that_says_nothing_is_not_waited_for(listener: Listener) -> None:
    listener.is_silent = True
    began = time.monotonic()
    answer = post(listener.url, DOCUMENT, seconds=0.3)
    assert (answer.status, time.monotonic() - began < 2) == (None, True)


def test_neither_is_one_that_says_a_letter_now_and_then() -> None:
    done = threading.Event()

    def dawdle(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            while not done.wait(0.05):
                try:
                    connection.send(b"H")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=dawdle, args=(server,))
        thread.start()
        began = time.monotonic()
        answer = post(f"http://127.0.0.1:{server.getsockname()[1]}/", DOCUMENT, seconds=0.3)
        took = time.monotonic() - began
        done.set()
        thread.join()
    assert (answer.status, took < 2) == (None, True)
