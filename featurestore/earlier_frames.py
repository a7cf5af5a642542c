"""Frames as they were: of what was known at an instant, or of what a manifest names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builders.request import RequestedColumn
from definitions.columns import FeatureColumn, feature_columns
from definitions.errors import RequestError
from definitions.expression_error import ExpressionError
from definitions.fingerprint import column_fingerprint
from definitions.relation import files_read
from featurestore.clock import format_instant, format_range
from featurestore.context import Context
from featurestore.frame_files import FrameFiles
from featurestore.frames import Frame, historical_frame
from featurestore.manifest import PinnedColumn, read_manifest
from featurestore.resolve import Features
from featurestore.stored_views import StoredView, stored_views

if TYPE_CHECKING:
    from builders.planner import Form


def known_frame(
    context: Context, given: Any, features: Features, timestamp: str | None, knowledge: int, form: Form | None = None
) -> Frame:
    """A frame of what was known at the instant `knowledge` (UTC microseconds): the definitions that were applied and
    the segments that stood then. Rows without a timestamp mean that instant.

    Only what had landed in segments counts as known: which files there were is not remembered once they change.

    Raises:
        RequestError: the instant is yet to come, the features were not applied, the rows ask for more than segments
            held, or `vacuum` deleted some of these.
    """
    if knowledge > context.clock.now():
        raise RequestError(f"{format_instant(knowledge)} is yet to come; knowledge is an instant that has passed")
    columns = context.applied(knowledge).resolve(features)
    version = context.registry.segments.version_at(knowledge)
    nothing = FrameFiles(context, {})
    frame = historical_frame(context, columns, given, timestamp, form, version, knowledge, nothing)
    if frame.gaps:
        listed = "".join(
            f"\n{table.label} {format_range(*item)}" for table, ranges in frame.gaps.items() for item in ranges
        )
        raise RequestError(
            f"what was known at {format_instant(knowledge)} does not answer these rows: no segment held the tiles "
            "below, which a frame of that time read from the sources. Ask for earlier rows or a later knowledge, or "
            f"hand in that frame's manifest:{listed}"
        )
    finished = (item for item in context.registry.erasures.all() if (item.finished_at or item.started_at) <= knowledge)
    return replace(frame, known_erasures=frozenset(item.id for item in finished))


def reproduced_frame(
    context: Context,
    given: Any,
    manifest: Mapping[str, Any] | str | Path,
    features: Features | None = None,
    form: Form | None = None,
) -> Frame:
    """The frame that a manifest describes, from the same rows, definitions, segments and files.

    `features` may say what is expected; the manifest decides.

    Raises:
        RequestError: it is no manifest or one of another registry, the entity dataframe is another, `features` are
            not the manifest's, or `vacuum` deleted a segment.
        SourceError: a file that the frame was read from changed or is gone.
    """
    pinned = read_manifest(manifest)
    hides = context.applied().hides

    @cache
    def stored(view: str) -> tuple[StoredView, ...]:
        hidden = hides is not None and hides(view, None)
        return () if hidden else tuple(stored_views(context.registry.definitions, view))

    columns = tuple(_pinned_column(item, stored(item.view)) for item in pinned.columns)
    _refuse_others(context, features, [column.name for column in columns])
    files = FrameFiles(context, pinned.files)
    frame = historical_frame(context, columns, given, pinned.timestamp, form, pinned.version, pinned.first, files)
    found = {table.name: tuple(item.id for item in held) for table, held in frame.segments.items()}
    if found != dict(pinned.segments):
        raise RequestError(
            f"the registry's version {pinned.version} has other segments than the manifest; "
            "it is of another environment, or of a registry that was made anew"
        )
    if frame.entities.digest() != pinned.digest:
        raise RequestError(
            f"the entity dataframe is not the one of the manifest, which has {pinned.rows:,} rows "
            f"({frame.shape.rows:,} here); hand in the same rows in the same order, types and form"
        )
    for table in frame.gaps:
        for source in files_read(table.source):
            files.of(source)
    return replace(frame, known_erasures=pinned.erasures)


def _refuse_others(context: Context, features: Features | None, names: list[str]) -> None:
    if features is None:
        return
    asked = [column.name for column in context.applied().resolve(features)]
    if asked != names:
        differing = sorted(set(asked) ^ set(names)) or names
        raise RequestError(
            f"the features asked for are not those of the manifest ({', '.join(differing)}); "
            "leave them out to have the manifest's"
        )


def _pinned_column(pinned: PinnedColumn, stored: Iterable[StoredView]) -> RequestedColumn:
    """The column as the manifest's frame computed it, from the newest stored definitions that compute it so."""
    for version in stored:
        view, source, entity = version.view, version.source, version.entity
        for column in _columns(version):
            if column.name == pinned.column and pinned.fingerprint == column_fingerprint(column, view, source, entity):
                return RequestedColumn(pinned.name, column, view, source, entity, pinned.keys)
    raise RequestError(
        f"{pinned.view}:{pinned.column} was another computation when the frame was made, and this registry has no "
        f"version of it with the fingerprint {pinned.fingerprint}; the manifest is of another registry"
    )


def _columns(stored: StoredView) -> tuple[FeatureColumn, ...]:
    try:
        return feature_columns(stored.view, stored.source)
    except ExpressionError:
        # These versions were never applied together.
        return ()
