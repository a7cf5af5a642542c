"""Telling what was found: to a log and to a webhook, once when a finding opens and once when it is settled.

What is to be told is remembered in the registry (`registry/notices`) until it was. The webhook is told at least once:
what it does not take is told by the next run, and so is what a process was killed over; each has an `id`, by which what
comes twice is known. The log has a line at once, whatever becomes of the webhook.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from definitions.errors import ConfigurationError
from definitions.model import Definition
from featurestore.checks.check_words import EXPECTATION
from featurestore.clock import SystemClock
from featurestore.context import Context
from featurestore.finding_kinds import FINDING_KINDS
from featurestore.finding_words import finding_document
from featurestore.governance.visible import COLLECTIONS
from featurestore.masked_url import mask_webhook
from featurestore.registry.findings import OPEN, Finding
from featurestore.registry.notices import Notice
from featurestore.webhook import Answer, post

LOGGER: Final = "featurestore.findings"
REQUEST_SECONDS: Final = 3.0
"""How long the webhook may take for one finding."""
CLAIM_SECONDS: Final = 30.0
"""How long what a process is telling is nobody else's: far longer than one request takes."""
PATIENCE_SECONDS: Final = 10.0
"""After that long a run tells the webhook no more; what is left is told by the next one."""


def tell_findings(context: Context) -> None:
    """Tell what is still to be told. It takes no longer than `PATIENCE_SECONDS` and a request, and raises nothing: a
    run did what it did, whoever could be told of it."""
    try:
        if context.registry.notices.count():
            _Telling(context).run()
    except ConfigurationError as error:
        logging.getLogger(LOGGER).warning("what was found could not be told: %s", error)


class _Telling:
    """One process's telling: a notice at a time, each claimed, logged, posted and taken out."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._notices = context.registry.notices
        self._log = logging.getLogger(LOGGER)
        self._deadline = time.monotonic() + PATIENCE_SECONDS
        self._is_up = True

    def run(self) -> None:
        last = 0
        while (notice := self._claim(last)) is not None:
            last = notice.id
            self._tell(notice)

    def _claim(self, last: int) -> Notice | None:
        # On real time, whatever the store's clock says, as leases are. Where the webhook is of no use any more, what
        # is left is logged.
        now = SystemClock().now()
        until = now + round(CLAIM_SECONDS * 1_000_000)
        return self._notices.claim(FINDING_KINDS, last, now, until, unlogged=not self._is_up)

    def _tell(self, notice: Notice) -> None:
        document = self._document(notice)
        if not notice.is_logged and self._context.sees_finding(notice.finding):
            is_open = notice.finding.state == OPEN
            self._log.log(logging.WARNING if is_open else logging.INFO, "%s: %s", document["kind"], document["message"])
        if self._is_told(document):
            self._notices.take_out(notice)
        else:
            self._notices.give_back(notice)

    def _is_told(self, document: dict[str, Any]) -> bool:
        """Whether nobody is to be told any more by the webhook."""
        configured = self._context.configuration.notifications
        if configured.webhook is None or (configured.kinds is not None and document["kind"] not in configured.kinds):
            return True
        if not self._is_up:
            return False
        answer = post(configured.webhook, document, REQUEST_SECONDS)
        # One that refuses a document may take the next one; one that does not answer is left alone.
        self._is_up = answer.status is not None and time.monotonic() < self._deadline
        if not answer.is_taken:
            self._complain(configured.webhook, answer)
        return answer.is_taken

    def _complain(self, webhook: str, answer: Answer) -> None:
        place = mask_webhook(webhook)
        self._log.warning("the webhook at %s was not told: %s; the next run tries again", place, answer.words)

    def _document(self, notice: Notice) -> dict[str, Any]:
        """What the webhook is told."""
        finding, configuration = notice.finding, self._context.configuration
        document, about = finding_document(finding), self._about(finding)
        words = document["message"]
        return {
            **document,
            "id": notice.id,
            "message": words if finding.state == OPEN else f"resolved: {words}",
            "project": configuration.project,
            "environment": configuration.environment,
            "owner": about.owner if about else None,
            "team": about.team if about else None,
            **self._touched(finding),
        }

    def _touched(self, finding: Finding) -> dict[str, Any]:
        """Who depends on rows or values that are not as expected, so that they hear of it too."""
        if finding.kind != EXPECTATION or finding.state != OPEN:
            return {}
        from featurestore.checks.touched import find_touched

        return {"touches": find_touched(self._context, self._context.everything(), finding).to_dict()}

    def _about(self, finding: Finding) -> Definition | None:
        """The applied definition that a finding is about, if it is about one."""
        numbers = finding.numbers
        named = [(str(numbers.get("kind")), numbers.get("name"))]
        named += [("feature_view", numbers.get("view")), ("source", numbers.get("source"))]
        for kind, name in named:
            found: Definition | None = self._definitions.get(kind, {}).get(str(name))
            if found is not None:
                return found
        return None

    @cached_property
    def _definitions(self) -> Mapping[str, Mapping[str, Definition]]:
        repository = self._context.everything().repository
        return {kind: getattr(repository, collection) for kind, collection in COLLECTIONS.items()}
