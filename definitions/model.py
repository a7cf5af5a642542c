"""What a team declares, as frozen values: entities, sources, feature views, feature services.

A model holds what its own text says; whether it fits the others is what `rules/` say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator, model_validator

from definitions.durations import Duration, parse_duration
from definitions.expectation import Expectation
from definitions.fields import DurationField, EveryField, Model, Name, TypeField
from definitions.types import DataType

if TYPE_CHECKING:
    from definitions.relation import JoinedSource

Aggregation = Literal[
    "count", "sum", "mean", "variance", "stddev", "min", "max", "first", "last", "last_n", "most_frequent", "quantile",
    "count_distinct",
]  # fmt: skip

OnBlock = Literal["hold", "publish_flagged"]
"""What becomes of data that break an expectation which blocks: they are held back until somebody accepts them, or go
on with the finding beside them."""

MOST_ITEMS = 20
"""How many values a list or categories a map of a feature may have."""


class Brownout(Model):
    """So many minutes from `at` on (UTC unless it says otherwise) in which something deprecated is refused, so that
    whoever still uses it notices while there is time."""

    at: datetime
    minutes: int = Field(ge=1, le=60)


class Lifecycle(Model):
    """Where a definition stands: `deprecated` names the last day and, if there is one, what to use instead.

    `brownouts` announce when it will be refused for a while before that day.
    """

    state: Literal["draft", "active", "deprecated", "retired"] = "active"
    until: date | None = None
    successor: str | None = None
    brownouts: tuple[Brownout, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: Any) -> Any:
        return {"state": value} if isinstance(value, str) else value


class Definition(Model):
    """What every kind has. All of it but the name is metadata: it never changes a fingerprint."""

    name: Name
    description: str = ""
    owner: str | None = None
    team: str | None = None
    tags: tuple[str, ...] = ()
    visibility: Literal["members", "hidden"] = "members"
    lifecycle: Lifecycle = Lifecycle()


class Entity(Definition):
    """What features describe. `keys` are its join keys in order, each with a type.

    Where tiles are spread by key, as Spark writes them, they are in so many `buckets`, whichever table they are of.
    """

    keys: Mapping[str, TypeField] = Field(min_length=1)
    buckets: int = Field(8, ge=1, le=100_000)


class Column(Model):
    """A source's column; in YAML its type alone will do. `pii` names what it tells about a person, such as `email`."""

    type: TypeField
    description: str = ""
    unit: str | None = None
    pii: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_type(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, (str, DataType)) else value


class Dedupe(Model):
    """Of rows with one `key` inside one hop, the one with the greatest `by` counts."""

    key: tuple[str, ...] = Field(min_length=1)
    by: str


class Source(Definition):
    """Rows with a timestamp: when the row's values were known.

    `path` is a file or a glob, relative to the repository; `format` follows from its ending unless given. In its place,
    `table` names one of Spark's catalog whose files are Parquet, with its database (`sales.orders`).
    `timestamp: null` says that the rows are known since ever.
    `tiebreak` orders rows of one timestamp. `partitions` are columns that hive folders (`day=2013-01-01/`) hold.
    A `union` has the rows of other sources of one shape, and nothing of its own.
    `expect` says what its rows must be, `on_block` what becomes of a day of them that is not so.
    """

    path: str = ""
    table: str = ""
    format: Literal["parquet", "csv"] | None = None
    timestamp: str | None = None
    tiebreak: str | None = None
    dedupe: Dedupe | None = None
    columns: Mapping[str, Column] = Field(default_factory=dict)
    partitions: Mapping[str, Column] = Field(default_factory=dict)
    union: tuple[str, ...] = ()
    expect: tuple[Expectation, ...] = ()
    on_block: OnBlock = "hold"

    @property
    def members(self) -> tuple[Source, ...]:
        """The sources with files whose rows it has: itself."""
        return (self,)

    @property
    def joins(self) -> tuple[JoinedSource, ...]:
        """The dimensions beside its rows: none, but where a view reads it with some."""
        return ()


class Join(Model):
    """A dimension beside the rows of a view's source: of its rows with the same key, the one that was known at the
    event's own instant.

    `on` maps columns of the view's source to the dimension's; in YAML, a column that both have or a list of such will
    do. `name` is what expressions call it (`planes.seats`), the source's name unless given.
    """

    source: str
    on: Mapping[str, str] = Field(min_length=1)
    name: Name = ""

    @field_validator("on", mode="before")
    @classmethod
    def _of_both(cls, value: Any) -> Any:
        names = [value] if isinstance(value, str) else value
        return {name: name for name in names} if isinstance(names, list) and all(map(_is_text, names)) else value

    @model_validator(mode="before")
    @classmethod
    def _named_for_its_source(cls, value: Any) -> Any:
        return {"name": value["source"], **value} if isinstance(value, dict) and "source" in value else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


class Feature(Model):
    """One aggregate of a view, one column per window (`<name>_<window>`), or one of all history without windows.

    `ttl` (for `last`) bounds the age of the row at the moment of asking.
    `nulls: keep` lets `first` and `last` answer a null that was the earliest or latest value.
    `n` (for `last_n` and `most_frequent`) is how many values are listed, `quantile` (for `quantile`) the share of
    values at or below the answer. A `count` with `by` counts the rows of each of the `top` most frequent categories.
    `expect` says what the values of each of its columns must be.
    """

    name: Name
    agg: Aggregation
    of: str | None = None
    where: str | None = None
    n: int | None = Field(default=None, ge=1, le=MOST_ITEMS)
    quantile: float | None = Field(default=None, gt=0, lt=1)
    by: str | None = None
    top: int | None = Field(default=None, ge=1, le=MOST_ITEMS)
    windows: tuple[DurationField, ...] = ()
    ttl: DurationField | None = None
    nulls: Literal["skip", "keep"] = "skip"
    description: str = ""
    unit: str | None = None
    tags: tuple[str, ...] = ()
    pii: tuple[str, ...] = ()
    expect: tuple[Expectation, ...] = ()


class ViewTest(Model):
    """Rows in, values expected: `rows` go into the source, `dimensions` into the joined ones, by the join's name,
    `expect` are entity rows as they must be at `at`."""

    name: str
    rows: tuple[dict[str, Any], ...] = ()
    dimensions: Mapping[str, tuple[dict[str, Any], ...]] = Field(default_factory=dict)
    at: Any
    expect: tuple[dict[str, Any], ...] = Field(min_length=1)


class ServiceLevel(Model):
    """What a view promises whoever looks its features up: that their watermark is no older than `fresh_within`."""

    fresh_within: DurationField


class FeatureView(Definition):
    """Features of one entity from one source, on a hop grid (`every: 1d`) or `exact`.

    `delay` is the promise that a row is usable that long after its timestamp.
    `keep` is how long tiles are stored, counted back from the newest; without it, for ever.
    `join` brings dimensions beside the source's rows, one or a list of them.
    `keys` says which column, of the source or a dimension, holds an entity key where the names differ.
    `version` is the number of its computation; one that others use is changed under the next number only.
    `sla` is what it promises online, `on_block` what becomes of values that break an expectation which blocks.
    """

    version: int | None = Field(default=None, ge=1)
    entity: str
    source: str
    every: EveryField = Field(default_factory=lambda: parse_duration("1d"))
    delay: DurationField = Field(default_factory=lambda: parse_duration("0s"))
    keep: DurationField | None = None
    join: tuple[Join, ...] = ()
    keys: Mapping[str, str] = Field(default_factory=dict)
    features: tuple[Feature, ...] = Field(min_length=1)
    tests: tuple[ViewTest, ...] = ()
    sla: ServiceLevel | None = None
    on_block: OnBlock = "hold"

    @field_validator("join", mode="before")
    @classmethod
    def _one_of_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, dict) else value


class ServiceEntry(Model):
    """Features of one view (`features` are column names, or `*`) in one role of its entity.

    `join_keys` says which entity dataframe column holds an entity key where the names differ;
    `prefix` goes before each column. In YAML, `view:column` or `view:*` will do. `version` pins `view@2`.
    """

    view: str
    version: int | None = Field(default=None, ge=1)
    features: tuple[str, ...] = ("*",)
    join_keys: Mapping[str, str] = Field(default_factory=dict)
    prefix: str = ""

    @property
    def online_name(self) -> str:
        """What the view is called online: `view`, or `view@2` where the version is pinned."""
        return self.view if self.version is None else f"{self.view}@{self.version}"

    @model_validator(mode="before")
    @classmethod
    def _from_reference(cls, value: Any) -> Any:
        return split_reference(value) if isinstance(value, str) else value


class FeatureService(Definition):
    """The list of features that one model uses; what training and serving both ask for."""

    features: tuple[ServiceEntry, ...] = Field(min_length=1)


KINDS: Mapping[str, type[Definition]] = MappingProxyType(
    {"entity": Entity, "source": Source, "feature_view": FeatureView, "feature_service": FeatureService}
)
"""Each kind's name, as it stands in the registry and in messages, and its model."""


class Repository(Model):
    """All definitions of a repository, by name; names are unique per kind."""

    entities: Mapping[str, Entity] = Field(default_factory=dict)
    sources: Mapping[str, Source] = Field(default_factory=dict)
    feature_views: Mapping[str, FeatureView] = Field(default_factory=dict)
    feature_services: Mapping[str, FeatureService] = Field(default_factory=dict)


def split_reference(reference: str) -> dict[str, Any]:
    """Read `view:column`, `view:*` or `view@2:column` into the parts of a `ServiceEntry`.

    Raises:
        ValueError: it has no colon, or the version is no number.
    """
    view, colon, column = reference.partition(":")
    name, at, version = view.partition("@")
    if not (colon and name and column) or (at and not version.isdigit()):
        raise ValueError(f"{reference!r} is no feature reference; write view:column, view:* or view@2:column")
    return {"view": name, "version": int(version) if at else None, "features": (column,)}


def column_name(feature: Feature, window: Duration | None) -> str:
    """The column that `feature` has for `window` (`None`: all history)."""
    return feature.name if window is None else f"{feature.name}_{window}"
