"""Fetching offline: what may be fetched, and what a training frame or a batch to score counts as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from builders.request import RequestedColumn
from definitions.fingerprint import view_fingerprint
from featurestore.context import Context
from featurestore.frames import Frame
from featurestore.lifecycle import meet_lifecycles, watch
from featurestore.registry.usage_writer import Request, UsedColumn
from featurestore.resolve import Features
from featurestore.serving_record import LIFECYCLES, decode_lifecycles
from featurestore.use_counts import UseCounts


def resolve_fetch(context: Context, features: Features) -> tuple[RequestedColumn, ...]:
    """The columns that `features` names now; what is deprecated is said.

    Raises:
        RequestError: a name is unknown or retired, or it is within a brown-out that was announced.
    """
    applied = context.applied()
    columns = applied.resolve(features)
    record = context.registry.serving.load(LIFECYCLES)
    if record is not None:
        views = dict.fromkeys(entry.online_name for entry in applied.entries(features))
        watched = watch(requested_service(features), views, decode_lifecycles(record))
        meet_lifecycles(watched, context.clock.now())
    return columns


def count_fetch(frame: Frame, features: Features | None, counts: UseCounts) -> Frame:
    """The frame, counted as a use when its values are computed; without `features` its columns count alone."""
    return replace(frame, fetched=lambda: counts.add(training_request(features, frame.columns), "training"))


def requested_service(features: Features | None) -> str | None:
    """The feature service that `features` names; None for references."""
    return features if isinstance(features, str) and ":" not in features else None


def training_request(features: Features | None, columns: Sequence[RequestedColumn]) -> Request:
    """The service or references, with each column in its view's version."""
    # By object, as a request may have two versions of one view.
    views = {id(column.view): column for column in columns}
    prints = {key: view_fingerprint(each.view, each.source, each.entity) for key, each in views.items()}
    used = {UsedColumn(column.view.name, column.column.name, prints[id(column.view)]) for column in columns}
    return Request(requested_service(features), tuple(sorted(used)))
