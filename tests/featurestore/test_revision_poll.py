"""Asking the registry whether anything changed: seldom, and going on for a while where it does not answer."""

from __future__ import annotations

import pytest

from definitions.errors import ConfigurationError
from featurestore.revision_poll import RevisionPoll


class Registry:
    """Answers with a revision, unless it is away; `learnt` are the revisions at which somebody learnt what there is."""

    def __init__(self) -> None:
        self.revision, self.is_away = 1, False
        self.asked = 0
        self.learnt: list[int] = []

    def read(self) -> int:
        self.asked += 1
        if self.is_away:
            raise ConfigurationError("the registry does not answer")
        return self.revision

    def learn(self) -> None:
        self.learnt.append(self.revision)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have passed, which stand still."""
    passed = [0.0]
    monkeypatch.setattr("featurestore.revision_poll.time.monotonic", lambda: passed[0])
    return passed


def test_it_asks_once_a_second_and_learns_what_has_changed(clock: list[float]) -> None:
    registry, poll = Registry(), RevisionPoll(grace=25.0)
    for passed, revision in ((0.0, 1), (0.9, 2), (1.1, 2), (2.2, 2), (3.3, 3)):
        clock[0], registry.revision = passed, revision
        poll.follow(registry.read, registry.learn)
    assert (registry.asked, registry.learnt) == (4, [1, 2, 3])


def test_what_is_known_counts_for_a_while_where_nobody_answers_and_no_longer(clock: list[float]) -> None:
    registry, poll = Registry(), RevisionPoll(grace=25.0)
    poll.follow(registry.read, registry.learn)
    registry.is_away = True
    for passed in (2.0, 25.0):
        clock[0] = passed
        poll.follow(registry.read, registry.learn)
    clock[0] = 26.1
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            poll.follow(registry.read, registry.learn)
    registry.is_away, registry.revision = False, 2
    poll.follow(registry.read, registry.learn)
    assert registry.learnt == [1, 2]


def test_nothing_is_known_before_somebody_has_answered(clock: list[float]) -> None:
    registry, poll = Registry(), RevisionPoll(grace=25.0)
    registry.is_away = True
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            poll.follow(registry.read, registry.learn)
    assert registry.asked == 2


def test_what_could_not_be_learnt_is_learnt_the_next_time(clock: list[float]) -> None:
    registry, poll = Registry(), RevisionPoll(grace=25.0)
    poll.follow(registry.read, registry.learn)
    registry.revision, clock[0] = 2, 2.0

    def fail() -> None:
        raise ConfigurationError("the registry went away after it had given its revision")

    poll.follow(registry.read, fail)
    clock[0] = 4.0
    poll.follow(registry.read, registry.learn)
    assert registry.learnt == [1, 2]
