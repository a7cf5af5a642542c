"""Training frames and batches to score, for whoever may read their columns; each counts as a use once computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from definitions.errors import RequestError
from featurestore.earlier_frames import known_frame, reproduced_frame
from featurestore.fetches import count_fetch
from featurestore.frames import as_of_frame, historical_frame
from featurestore.runs import build_tiles_for

if TYPE_CHECKING:
    from datetime import datetime

    from builders.planner import Form
    from featurestore.frames import Frame
    from featurestore.opened_store import OpenedStore

Asked = str | Sequence[str]


def fetch_frame(
    opened: OpenedStore,
    entity_df: Any,
    features: Asked | None,
    timestamp: str | None,
    build: bool,
    form: Form | None,
    read_held: bool,
) -> Frame:
    """A frame of the definitions of now; `build` stores the tiles that are missing first, `read_held` reads what checks
    hold back as well."""
    if features is None:
        raise RequestError("name a feature service or references such as 'view:column', or hand in a manifest")
    columns = opened.fetched(features)
    if build:
        opened.managed(list(dict.fromkeys(column.view.name for column in columns)))
    frame = historical_frame(opened.context, columns, entity_df, timestamp, form)
    if build:
        build_tiles_for(opened.context, columns, frame.shape.last)
        frame = historical_frame(opened.context, columns, entity_df, timestamp, form)
    return count_fetch(replace(frame, read_held=read_held), features, opened.counts)


def fetch_earlier(
    opened: OpenedStore,
    entity_df: Any,
    features: Asked | None,
    timestamp: str | None,
    form: Form | None,
    knowledge: int | str | datetime | None,
    manifest: Mapping[str, Any] | str | Path | None,
) -> Frame:
    """A frame as it was or would have been: by its manifest, or by what was known at an instant."""
    if manifest is not None:
        if knowledge is not None:
            raise RequestError("a manifest says what was known; leave knowledge out")
        reproduced = reproduced_frame(opened.seen, entity_df, manifest, features, form)
        return count_fetch(opened.permitted(reproduced), features, opened.counts)
    if features is None:
        raise RequestError("name a feature service or references such as 'view:column'")
    known = known_frame(opened.seen, entity_df, features, timestamp, opened.instant(knowledge), form)
    return count_fetch(opened.permitted(known), features, opened.counts)


def fetch_as_of(opened: OpenedStore, time: int | str | datetime, features: Asked, read_held: bool) -> Frame:
    """All entities that have a row in any window, at an instant."""
    frame = as_of_frame(opened.context, opened.fetched(features), opened.instant(time))
    return count_fetch(replace(frame, read_held=read_held), features, opened.counts)
