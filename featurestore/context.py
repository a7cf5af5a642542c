"""What every operation of a store works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from builders.engine import Engine, Spine
from builders.request import Inputs, Meeting, Roles, SourceFiles, StoredBase, StoredSegment
from builders.tile_table import TileTable
from definitions.model import Source
from featurestore.clock import Clock
from featurestore.config import Configuration
from featurestore.registry.registry import Registry
from featurestore.registry.segments import Segment
from featurestore.resolve import Applied
from featurestore.source_listing import list_files, paths_of

if TYPE_CHECKING:
    from featurestore.online.protocol import OnlineStore

Progress = Callable[[float, str], None]
"""Called with the share of the work that is done (0 to 1) and what is being done."""


def no_progress(share: float, doing: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Context:
    """The parts of an opened store."""

    configuration: Configuration
    registry: Registry
    engine: Engine
    clock: Clock
    online: Callable[[], OnlineStore]

    def applied(self, knowledge: int | None = None) -> Applied:
        """The definitions as they are applied now, or were at the instant `knowledge`."""
        return Applied(self.registry.definitions, self.registry.definitions.revision(), knowledge)

    @property
    def offline_root(self) -> Path:
        return self.configuration.offline.path

    def source_files(self, source: Source) -> SourceFiles:
        """The source's files as they are now, checked against its definition."""
        root = self.configuration.root
        return self.engine.inspect_source(source, paths_of(list_files(source, root), root))

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
        files: Callable[[Source], SourceFiles] | None = None,
        spine: Spine | None = None,
    ) -> Inputs:
        """What the planner may compute from: these segments, and the sources (their `files`, as they are now if not
        given) where they do not reach. With a `spine` it looks at how that meets them."""

        def meeting(table: TileTable, held: SourceFiles, roles: Roles) -> Meeting:
            return Meeting(1.0, 1.0) if spine is None else self.engine.sample_meeting(table, held, spine, roles)

        return Inputs(
            segments={table: self.stored(segments) for table, segments in tables.items()},
            files=files or self.source_files,
            meeting=meeting,
            limbs=limbs,
            bases=lambda table: self.fitting_bases(table, tables[table]),
        )

    def fitting_bases(self, table: TileTable, segments: Sequence[Segment]) -> tuple[StoredBase, ...]:
        """The bases that are the state of these segments, as the planner knows them."""
        present = {segment.id for segment in segments}
        return tuple(
            StoredBase(
                boundary=base.boundary,
                file=str(self.offline_root / base.path),
                slots=base.slots,
                rows=base.rows,
                segments=len(base.segments),
            )
            for base in self.registry.bases.current(table.name)
            if base.fits(present)
        )
