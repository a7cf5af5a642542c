"""Each finding is told once when it opens and once when it is settled, to a log and to a webhook, come what may."""

from __future__ import annotations

import ast
import logging
import os
import signal
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from definitions.errors import ConfigurationError
from featurestore import FeatureStore
from featurestore.clock import FixedClock, SystemClock
from featurestore.config import load_configuration
from featurestore.finding_kinds import FINDING_KINDS
from featurestore.notify import CLAIM_SECONDS, LOGGER, tell_findings
from featurestore.registry.findings import OPEN, SETTLED
from featurestore.registry.notices import NoticeRegistry
from featurestore.webhook import Answer
from tests.journeys.processes import Say, start
from tests.journeys.shop import ONE_VIEW, Shop, raising
from tests.listening import Listener, listening
from tests.postgresql import PostgresServer

NOW = "2024-03-20T01:00:00"
LATE = {"view": "customer_daily", "source": "orders", "delay": 1, "rows": 2, "longest": 5, "would_have_held": 5}


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    """A shop whose findings are told to the listener, on each kind of registry."""
    shop, made = Shop(tmp_path, ONE_VIEW.replace("team: shop", "team: sales")), None
    _configure(shop, "notifications:\n  webhook: ${FEATURESTORE_WEBHOOK}\n")
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        made = server.create_registry_database()
        _configure(shop, f"registry: {server.url(made)}\n")
    monkeypatch.setenv("FEATURESTORE_WEBHOOK", listener.url)
    shop.applied(NOW)
    yield shop
    if made is not None:
        request.getfixturevalue("postgres").drop_database(made)


def _configure(shop: Shop, text: str) -> None:
    file = shop.folder / "featurestore.yaml"
    file.write_text(file.read_text() + text)


def _open(store: FeatureStore, *subjects: str, at: int = 10) -> None:
    for subject in subjects:
        store._context.registry.findings.see("late_rows", subject, LATE, at)


def _settle(store: FeatureStore, subject: str) -> None:
    store._context.registry.findings.settle("late_rows", subject)


def _lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """What the log says of findings: the level and the first words of each line."""
    found = [item for item in caplog.records if item.name == LOGGER and "webhook" not in item.getMessage()]
    return [(item.levelname, item.getMessage().partition(" rows ")[0]) for item in found]


def test_an_open_finding_is_told_once_and_renewing_it_tells_nothing(
    shop: Shop, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    store = shop.store(NOW)
    _open(store, "customer_daily")
    store.review()
    _open(store, "customer_daily", at=20)
    store.review()
    shop.store(NOW).review()
    (document,) = listener.documents
    words = (
        "2 rows of orders arrived up to 1s after their boundary; customer_daily promises delay 1s, 1s would have held"
    )
    assert document == {
        "id": 1,
        "kind": "late_rows",
        "subject": "customer_daily",
        "state": OPEN,
        "message": words,
        "numbers": LATE,
        "first_seen": "1970-01-01T00:00:00.000010Z",
        "last_seen": "1970-01-01T00:00:00.000010Z",
        "project": "shop",
        "environment": "default",
        "owner": None,
        "team": "sales",
    }
    assert _lines(caplog) == [("WARNING", "late_rows: 2")]
    assert store._context.registry.notices.count() == 0


def test_a_finding_that_is_settled_is_told_once_more_and_one_that_opens_again_anew(
    shop: Shop, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    store = shop.store(NOW)
    for at in (10, 20):
        _open(store, "customer_daily", at=at)
        store.review()
        _settle(store, "customer_daily")
        store.review()
        store.review()
    assert [document["state"] for document in listener.documents] == [OPEN, SETTLED, OPEN, SETTLED]
    assert listener.documents[1]["message"].startswith("resolved: 2 rows of orders arrived")
    assert _lines(caplog) == [("WARNING", "late_rows: 2"), ("INFO", "late_rows: resolved: 2")] * 2


def test_what_opened_and_was_settled_before_anybody_told_it_is_told_in_its_order(
    shop: Shop, listener: Listener
) -> None:
    store = shop.store(NOW)
    _open(store, "customer_daily")
    _settle(store, "customer_daily")
    store.review()
    assert [document["state"] for document in listener.documents] == [OPEN, SETTLED]


def test_a_server_that_was_down_is_told_when_it_is_up_and_the_log_has_one_line(
    shop: Shop, listener: Listener, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEATURESTORE_WEBHOOK", "http://127.0.0.1:1/down?token=hunter2")
    store = shop.store(NOW)
    _open(store, "customer_daily", "other")
    store.review()
    store.review()
    assert _lines(caplog) == [("WARNING", "late_rows: 2"), ("WARNING", "late_rows: 2")]
    monkeypatch.setenv("FEATURESTORE_WEBHOOK", listener.url)
    shop.store(NOW).review()
    assert listener.told == [("customer_daily", OPEN), ("other", OPEN)]
    assert len(_lines(caplog)) == 2


def test_what_a_server_refuses_is_tried_again_and_does_not_keep_the_rest_back(shop: Shop, listener: Listener) -> None:
    store = shop.store(NOW)
    _open(store, "one", "two")
    listener.status = 500
    store.review()
    assert listener.told == [("one", OPEN), ("two", OPEN)]
    listener.status = 200
    store.review()
    assert listener.told == [("one", OPEN), ("two", OPEN)] * 2
    assert [document["id"] for document in listener.documents] == [1, 2, 1, 2]
    store.review()
    assert len(listener.documents) == 4


def test_a_server_that_says_nothing_costs_a_run_one_request(
    shop: Shop, listener: Listener, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("featurestore.notify.REQUEST_SECONDS", 0.3)
    store = shop.store(NOW)
    _open(store, *(f"view_{number}" for number in range(20)))
    listener.is_silent = True
    began = time.monotonic()
    store.review()
    assert time.monotonic() - began < 3
    assert len(listener.documents) == 1 and len(_lines(caplog)) == 20
    listener.is_silent = False
    listener.speaks.set()
    store.review()
    # The one that was waited for in vain had come through: it comes twice, and its id says so.
    assert sorted(document["id"] for document in listener.documents) == [1, 1, *range(2, 21)]


def test_a_slow_server_is_told_for_so_long_and_the_rest_by_the_next_run(
    shop: Shop, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("featurestore.notify.PATIENCE_SECONDS", 0.0)
    store = shop.store(NOW)
    _open(store, "one", "two")
    store.review()
    assert listener.told == [("one", OPEN)]
    store.review()
    assert listener.told == [("one", OPEN), ("two", OPEN)]


def test_processes_at_once_tell_each_finding_once(shop: Shop, listener: Listener) -> None:
    store, subjects = shop.store(NOW), [f"view_{number}" for number in range(15)]
    _open(store, *subjects)
    store._context.registry.close()
    at_once = [start(_review, shop.folder, listener.url) for _ in range(3)]
    assert sum(run.result() for run in at_once) == len(subjects), "each line of the log once, too"
    assert sorted(listener.told) == sorted((subject, OPEN) for subject in subjects)


def test_what_a_process_was_killed_over_is_told_by_a_later_one(
    shop: Shop, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shop.store(NOW)
    _open(store, "customer_daily")
    store._context.registry.close()
    run = start(_die_telling, shop.folder, listener.url)
    run.process.join(60)
    assert run.process.exitcode == -signal.SIGKILL
    store.review()
    assert listener.told == [], "it may be telling it yet"
    later = SystemClock().now() + round(CLAIM_SECONDS * 1_000_000)
    monkeypatch.setattr("featurestore.notify.SystemClock", lambda: FixedClock(later))
    store.review()
    store.review()
    assert listener.told == [("customer_daily", OPEN)]


def _set_environment(webhook: str) -> None:
    """Processes have the environment of the first test that started one."""
    os.environ.update(FEATURESTORE_WEBHOOK=webhook, no_proxy="127.0.0.1")


def _review(say: Say, folder: Path, webhook: str) -> int:
    """Review in a process of its own; how many lines its log has."""
    _set_environment(webhook)
    lines: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = lines.append  # type: ignore[method-assign]
    logging.getLogger(LOGGER).addHandler(handler)
    FeatureStore(folder, clock=FixedClock(NOW)).review()
    return len(lines)


def _die_telling(say: Say, folder: Path, webhook: str) -> None:
    """Claim a notice, and end by SIGKILL instead of posting it."""
    _set_environment(webhook)

    def die(*_: object) -> Answer:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("featurestore.notify.post", die)
        FeatureStore(folder, clock=FixedClock(NOW)).review()


def test_nothing_of_the_webhook_but_its_host_is_in_a_log_or_an_error(
    shop: Shop, listener: Listener, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    store = shop.store(NOW)
    for status in (500, 302):
        listener.status, listener.location = status, listener.url
        _open(store, f"answered {status}")
        store.review()
    secret = listener.url.replace("//", "//hunter2:hunter2@").replace("hook", "hunter2")
    for url in (secret.replace(str(listener.port), "1"), secret):
        monkeypatch.setenv("FEATURESTORE_WEBHOOK", url)
        shop.store(NOW).review()
    assert "the webhook at http://127.0.0.1:1 was not told: no answer (ConnectionRefusedError)" in caplog.text
    assert "was not told: it answered 302" in caplog.text
    assert "hunter2" not in caplog.text
    assert "hunter2" not in repr(store.configuration) + repr(store.configuration.notifications)


def test_only_kinds_that_are_chosen_are_told_by_the_webhook_and_all_by_the_log(
    shop: Shop, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    file = shop.folder / "featurestore.yaml"
    file.write_text(file.read_text().replace("WEBHOOK}\n", "WEBHOOK}\n  kinds: [stale_view, orphan]\n"))
    store = shop.store(NOW)
    _open(store, "customer_daily")
    numbers = {"kind": "source", "name": "orders", "owner": "maria", "team": "sales"}
    store._context.registry.findings.see("orphan", "source orders", numbers, 10)
    store.review()
    assert listener.told == [("source orders", OPEN)] and listener.documents[0]["team"] == "sales"
    assert [item.levelname for item in caplog.records] == ["WARNING", "WARNING"]
    assert store._context.registry.notices.count() == 0


def test_without_a_webhook_the_log_is_told_and_a_later_one_gets_no_history(
    shop: Shop, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    file = shop.folder / "featurestore.yaml"
    configured = file.read_text()
    file.write_text(configured.replace("notifications:\n  webhook: ${FEATURESTORE_WEBHOOK}\n", ""))
    store = shop.store(NOW)
    _open(store, "customer_daily")
    store.review()
    file.write_text(configured)
    shop.store(NOW).review()
    assert (len(_lines(caplog)), listener.told) == (1, [])


def test_a_registry_that_is_away_is_said_in_the_log_and_raises_nothing(
    shop: Shop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shop.store(NOW)
    _open(store, "customer_daily")
    away = ConfigurationError("the registry does not answer")
    with monkeypatch.context() as patch:
        patch.setattr(NoticeRegistry, "claim", raising(away))
        tell_findings(store._context)
    assert "what was found could not be told: the registry does not answer" in caplog.text
    assert store._context.registry.notices.count() == 1


def test_every_kind_of_finding_can_be_chosen() -> None:
    """The kinds that are named where findings are opened, and those of promises."""
    found = {"late_rows", "publishing_lag"}
    root = Path(__file__).parents[2]
    for path in (root / "featurestore").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_see = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "see"
            if is_see and isinstance(node.args[0], ast.Name) and node.args[0].id.isupper():
                module = import_module(".".join(path.relative_to(root).with_suffix("").parts))
                found.add(getattr(module, node.args[0].id))
    assert sorted(found) == sorted(FINDING_KINDS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("webhook: '${HOOK}'", ":2: notifications.webhook: this is not an http or https URL"),
        ("webhook: ftp://example.com/hunter2", ":2: notifications.webhook: this is not an http or https URL"),
        ("webhook: https:///hunter2", "this is not an http or https URL"),
        ("webhook: https://example.com:port/hunter2", "this is not an http or https URL"),
        ("kinds: [stale_view, stale_vew]", "notifications.kinds.1: 'stale_vew' is not one of erased_again_there, "),
        ("kinds: stale_view", "notifications.kinds must be a list of values"),
        ("kinds: [{a: b}]", "notifications.kinds must be a list of values"),
        ("webhok: x", "unknown key 'notifications.webhok'; did you mean 'webhook'?"),
    ],
)
def test_a_wrong_configuration_is_said_with_its_line_and_without_its_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str
) -> None:
    monkeypatch.setenv("HOOK", "hunter2")
    (tmp_path / "featurestore.yaml").write_text(f"project: p\nnotifications: {{{text}}}\n")
    with pytest.raises(ConfigurationError) as error:
        load_configuration(tmp_path)
    assert says in str(error.value) and "hunter2" not in str(error.value)


def test_an_environment_tells_only_whom_it_names_itself(tmp_path: Path) -> None:
    text = "project: p\nnotifications: {webhook: 'https://a.example/x', kinds: []}\nenvironments: {dev: {}}\n"
    (tmp_path / "featurestore.yaml").write_text(text)
    assert load_configuration(tmp_path).notifications.webhook == "https://a.example/x"
    assert load_configuration(tmp_path).notifications.kinds == frozenset()
    assert load_configuration(tmp_path, "dev").notifications.webhook is None
