"""What plans end in: a frame of feature columns, a base, or a list of entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from builders.forms import Form
from builders.plan import Node, ReadSegments, ReadSpine, Role, Tiles
from builders.slots import SlotWindow
from definitions.columns import FeatureColumn


@dataclass(frozen=True)
class Answer:
    """Where a feature column's slot windows are found for one role."""

    role: Role
    windows: tuple[tuple[Form, Tiles, SlotWindow], ...]


@dataclass(frozen=True)
class Output:
    """A column of the frame: a feature column under its output name.

    With `raw`, a ttl is not applied and the row's timestamp stands beside the value as `<name>__at`:
    that is what online rows hold.
    """

    name: str
    column: FeatureColumn
    answer: Answer
    raw: bool = False


@dataclass(frozen=True)
class Frame(Node):
    """The spine's rows in their order with one column per requested feature column."""

    spine: ReadSpine
    outputs: tuple[Output, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        seen: dict[str, Node] = {self.spine.name: self.spine}
        for output in self.outputs:
            for form, _, _ in output.answer.windows:
                seen.setdefault(form.name, form)
        return tuple(seen.values())

    def describe(self) -> str:
        return f"join {len(self.outputs)} feature columns back to the spine"


@dataclass(frozen=True)
class Choice:
    """Why a form was chosen for slot windows of a table."""

    table: str
    grid: str
    form: str
    windows: int
    reason: str


@dataclass(frozen=True)
class Expected:
    """About how many rows a step gives, and how many a join brings together for them; None where it is unknown."""

    rows: int | None
    candidates: int | None = None


@dataclass(frozen=True)
class FramePlan:
    """A frame's plan and what the planner thought: `choices`, and what it expects of steps, by their names."""

    frame: Frame
    choices: tuple[Choice, ...] = ()
    expected: Mapping[str, Expected] = field(default_factory=dict)


@dataclass(frozen=True)
class BuildBase(Node):
    """The tiles of each entity combined into one, which starts just before `boundary`: what a base holds."""

    tiles: Tiles
    boundary: int

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.tiles,)

    def describe(self) -> str:
        return f"combine the tiles of {self.tiles.table.label} by entity"


@dataclass(frozen=True)
class TilesWithin:
    """The tiles with a hop start in any of the ranges `[start, end)`."""

    tiles: Tiles
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ChangedSegments:
    """Stored tiles of one table before and after: what one has and the other does not have is a change."""

    before: ReadSegments
    after: ReadSegments


@dataclass(frozen=True)
class ListEntities(Node):
    """The distinct entities that have a tile in some ranges, or whose stored tiles changed; with `most` no more than
    so many of them, whose keys have the smallest digests: the same ones on every engine, whoever comes or goes."""

    keys: tuple[str, ...]
    within: tuple[TilesWithin, ...]
    changed: tuple[ChangedSegments, ...] = ()
    most: int | None = None

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (
            *(item.tiles for item in self.within),
            *(part for item in self.changed for part in (item.before, item.after)),
        )

    def describe(self) -> str:
        return f"list the entities of {', '.join(self.keys)}"
