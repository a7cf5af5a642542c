"""What every operation of a store works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from builders.engine import Engine, Spine
from builders.request import (
    AskedSource,
    Inputs,
    Meeting,
    RelationFiles,
    StoredBase,
    StoredSegment,
    inspect_relation,
    meet_everything,
)
from builders.tile_table import TileTable
from definitions.model import Source
from featurestore.clock import Clock
from featurestore.config import Configuration
from featurestore.engine_choice import ChosenEngine
from featurestore.registry.registry import Registry
from featurestore.registry.segments import Segment, SourceFile
from featurestore.resolve import Applied
from featurestore.source_listing import describe_files, list_files, paths_of

if TYPE_CHECKING:
    from featurestore.online.protocol import OnlineStore
    from featurestore.registry.findings import Finding
    from featurestore.reuse.reach import Reach

Progress = Callable[[float, str], None]
"""Called with the share of the work that is done (0 to 1) and what is being done."""


def as_it_is(applied: Applied) -> Applied:
    """All of it."""
    return applied


def tell_all(finding: Finding) -> bool:
    """Keep nothing from anybody."""
    return True


def no_progress(share: float, doing: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Context:
    """The parts of an opened store; `principal` is who works with it, `seen` what they see of the definitions;
    `sees` says of one (its kind and name) whether they do, `reach` whether they could use it; None that nobody asked
    by a token. `sees_finding` says whether they may be told of a finding."""

    configuration: Configuration
    registry: Registry
    choose_engine: Callable[[], ChosenEngine]
    clock: Clock
    online: Callable[[], OnlineStore]
    principal: Callable[[], str]
    sees_finding: Callable[[Finding], bool] = field(default=tell_all)
    seen: Callable[[Applied], Applied] = field(default=as_it_is)
    sees: Callable[[str, str], bool] | None = None
    reach: Reach | None = None

    @cached_property
    def chosen(self) -> ChosenEngine:
        """The engine, and why it is that one; chosen when it is first needed, as sources may be applied before."""
        return self.choose_engine()

    @property
    def engine(self) -> Engine:
        return self.chosen.engine

    def applied(self, knowledge: int | None = None) -> Applied:
        """The definitions as they are applied now, or were at the instant `knowledge`."""
        return self.seen(self.everything(knowledge))

    def everything(self, knowledge: int | None = None) -> Applied:
        """The same, whatever is seen of them by who works with the store."""
        definitions = self.registry.definitions
        # Before all that is read of them, which is then no older.
        revision = definitions.revision()
        kept = self.registry.lifecycles.versions() if knowledge is None else ()
        return Applied(definitions, revision, knowledge, kept=kept)

    def sees_view(self, name: str) -> bool:
        """Whether a view may be told of to who works with the store."""
        return self.sees is None or self.sees("feature_view", name)

    @property
    def offline_root(self) -> Path:
        return self.configuration.offline.path

    def source_files(self, source: Source) -> RelationFiles:
        """The files that the source is read from, as they are now, checked against its definition."""
        return self.inspect(source, self.list_files)

    def list_files(self, source: Source) -> tuple[SourceFile, ...]:
        """The files of a source that has some, so of no union, as they are now.

        Raises:
            SourceError: there are none, or the engine knows no such table.
        """
        root = self.configuration.root
        if source.table:
            return describe_files(self.engine.list_table(source), root)
        return list_files(source, root)

    def inspect(self, source: Source, listed: Callable[[Source], Sequence[SourceFile]]) -> RelationFiles:
        """The same of the files that are `listed` for each member and dimension."""
        root = self.configuration.root
        return inspect_relation(
            source, lambda member: self.engine.inspect_source(member, paths_of(listed(member), root))
        )

    def stored(self, segments: tuple[Segment, ...]) -> tuple[StoredSegment, ...]:
        """Segments as the planner knows them."""
        return tuple(
            StoredSegment(
                start=segment.start,
                end=segment.end,
                file=str(self.offline_root / segment.path),
                slots={name: tuple(limbs) for name, limbs in segment.statistics["limbs"].items()},
                rows=segment.rows,
                entities=int(segment.statistics["entities"]),
            )
            for segment in segments
        )

    def inputs(
        self,
        tables: Mapping[TileTable, tuple[Segment, ...]],
        limbs: Mapping[str, tuple[int, ...]],
        files: Callable[[Source], RelationFiles] | None = None,
        spine: Spine | None = None,
    ) -> Inputs:
        """What the planner may compute from: these segments, and the sources (their `files`, as they are now if not
        given) where they do not reach. With a `spine` it looks at how that meets them."""

        @cache
        def sampled(asked: tuple[AskedSource, ...]) -> list[Meeting]:
            return meet_everything(asked) if spine is None else self.engine.sample_meetings(asked, spine)

        return Inputs(
            segments={table: self.stored(segments) for table, segments in tables.items()},
            files=files or self.source_files,
            meetings=lambda asked: sampled(tuple(asked)),
            limbs=limbs,
            traits=self.engine.traits,
            bases=lambda table: self.fitting_bases(table, tables[table]),
        )

    def fitting_bases(self, table: TileTable, segments: Sequence[Segment]) -> tuple[StoredBase, ...]:
        """The bases that are the state of these segments, as the planner knows them."""
        return tuple(
            StoredBase(
                boundary=base.boundary,
                file=str(self.offline_root / base.path),
                slots=base.slots,
                rows=base.rows,
                segments=sum(
                    item.end <= base.boundary and not base.slots.keys().isdisjoint(item.slots) for item in segments
                ),
            )
            for base in self.registry.bases.current(table.name)
            if base.fits(segments)
        )
