"""What is looked at when a run has ended, or when none has for long: service levels; and what was found is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from definitions.errors import ConfigurationError, FeatureStoreError
from featurestore.context import Context
from featurestore.notify import LOGGER, tell_findings
from featurestore.registry.findings import Finding
from featurestore.resolve import Applied
from featurestore.service_levels import review_service_levels


def review(context: Context, known: Applied | None = None) -> tuple[Finding, ...]:
    """Look at all service levels, and tell what is still to be told of any finding.

    Args:
        known: what was applied when somebody last looked; it is read if not given.

    Returns:
        What was found, as far as it may be told to who works with the store.

    Raises:
        ConfigurationError: the registry does not answer.
    """
    found = review_service_levels(context, known or context.everything())
    tell_findings(context)
    return tuple(filter(context.sees_finding, found))


@contextmanager
def reviewed(context: Context, applied: Applied) -> Iterator[list[Finding]]:
    """Review when the block has ended; also where it failed, as that is how views come to be stale.

    Gives a list that holds afterwards what was found. A review that fails fails no run.
    """
    found: list[Finding] = []
    try:
        yield found
    except FeatureStoreError:
        _try_review(context, applied)
        raise
    found.extend(_try_review(context, applied))


def _try_review(context: Context, applied: Applied) -> tuple[Finding, ...]:
    try:
        return review(context, applied)
    except ConfigurationError as error:
        logging.getLogger(LOGGER).warning("service levels were not looked at: %s", error)
        return ()
