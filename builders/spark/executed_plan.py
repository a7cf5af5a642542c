"""What Spark did: the operators of an executed plan, of which exchanges are what costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Kind = Literal["shuffle", "broadcast"]

_EXCHANGES: Final[dict[str, Kind]] = {"ShuffleExchangeExec": "shuffle", "BroadcastExchangeExec": "broadcast"}
_ADAPTIVE: Final = "AdaptiveSparkPlanExec"
_REUSED: Final = "ReusedExchangeExec"
_STAGES: Final = (
    *("ShuffleQueryStageExec", "BroadcastQueryStageExec", "ResultQueryStageExec"),
    "TableCacheQueryStageExec",
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Rows that move between tasks: by what they are spread, how many there were and in how many bytes."""

    kind: Kind
    by: str
    columns: tuple[str, ...]
    rows: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class ExecutedPlan:
    """The operators of a plan as it was executed, adaptive changes included; a reused exchange counts once."""

    exchanges: tuple[Exchange, ...]
    scans: int
    sorts: int
    text: str

    @property
    def shuffles(self) -> tuple[Exchange, ...]:
        """Those that write all their rows to disk."""
        return tuple(item for item in self.exchanges if item.kind == "shuffle")


def read_executed_plan(frame: DataFrame) -> ExecutedPlan:
    """The plan of a DataFrame that has been computed; before that, the plan that it begins with."""
    plan = frame._jdf.queryExecution().executedPlan()
    nodes = list(_walk(plan))
    names = [_name(node) for node in nodes]
    exchanges = tuple(
        _exchange(node, _EXCHANGES[name]) for node, name in zip(nodes, names, strict=True) if name in _EXCHANGES
    )
    scans = sum(name.endswith(("ScanExec", "BatchScanExec")) for name in names)
    return ExecutedPlan(exchanges, scans, names.count("SortExec"), str(plan.toString()))


def _walk(node: Any) -> Iterator[Any]:
    name = _name(node)
    if name == _ADAPTIVE:
        yield from _walk(node.executedPlan())
        return
    if name in _STAGES:
        yield from _walk(node.plan())
        return
    if name == _REUSED:
        return
    yield node
    children = node.children()
    for position in range(children.size()):
        yield from _walk(children.apply(position))
    subqueries = node.subqueries()
    for position in range(subqueries.size()):
        yield from _walk(subqueries.apply(position))


def _name(node: Any) -> str:
    return str(node.getClass().getSimpleName())


def _exchange(node: Any, kind: Kind) -> Exchange:
    output = node.output()
    columns = tuple(str(output.apply(position).name()) for position in range(output.size()))
    by = str(node.outputPartitioning().toString())
    metrics = node.metrics()
    rows = _metric(metrics, "shuffleRecordsWritten" if kind == "shuffle" else "numOutputRows")
    size = _metric(metrics, "shuffleBytesWritten" if kind == "shuffle" else "dataSize")
    return Exchange(kind, by, columns, rows, size)


def _metric(metrics: Any, name: str) -> int | None:
    return int(metrics.apply(name).value()) if metrics.contains(name) else None
