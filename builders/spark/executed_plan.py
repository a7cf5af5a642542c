"""What Spark did: the operators of an executed plan, of which exchanges are what costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from builders.engine import Exchange

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Kind = Literal["shuffle", "broadcast"]

_EXCHANGES: Final[dict[str, Kind]] = {"ShuffleExchangeExec": "shuffle", "BroadcastExchangeExec": "broadcast"}
_ADAPTIVE: Final = "AdaptiveSparkPlanExec"
_CACHED: Final = "InMemoryTableScanExec"
_REUSED: Final = "ReusedExchangeExec"
_STAGES: Final = (
    *("ShuffleQueryStageExec", "BroadcastQueryStageExec", "ResultQueryStageExec"),
    "TableCacheQueryStageExec",
)


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
    nodes = list(_walk(plan, set()))
    names = [_name(node) for node in nodes]
    exchanges = tuple(
        _exchange(node, _EXCHANGES[name]) for node, name in zip(nodes, names, strict=True) if name in _EXCHANGES
    )
    scans = sum(name.endswith(("ScanExec", "BatchScanExec")) for name in names)
    return ExecutedPlan(exchanges, scans, names.count("SortExec"), str(plan.toString()))


def _walk(node: Any, cached: set[int]) -> Iterator[Any]:
    """The node and all below it; what is cached, and read at several places, once."""
    name = _name(node)
    if name == _REUSED:
        return
    if name in (_ADAPTIVE, *_STAGES):
        yield from _walk(node.executedPlan() if name == _ADAPTIVE else node.plan(), cached)
        return
    yield node
    below = [*_listed(node.children()), *_listed(node.subqueries())]
    if name == _CACHED:
        held = node.relation().cachedPlan()
        if held.id() not in cached:
            cached.add(held.id())
            below.append(held)
    for inner in below:
        yield from _walk(inner, cached)


def _listed(nodes: Any) -> list[Any]:
    return [nodes.apply(position) for position in range(nodes.size())]


def _name(node: Any) -> str:
    return str(node.getClass().getSimpleName())


def _exchange(node: Any, kind: Kind) -> Exchange:
    output = node.output()
    columns = tuple(str(output.apply(position).name()) for position in range(output.size()))
    by = "everyone" if kind == "broadcast" else _spread_by(str(node.outputPartitioning().toString()))
    metrics = node.metrics()
    rows = _metric(metrics, "shuffleRecordsWritten" if kind == "shuffle" else "numOutputRows")
    size = _metric(metrics, "shuffleBytesWritten" if kind == "shuffle" else "dataSize")
    return Exchange(kind, by, columns, rows, size)


def _spread_by(partitioning: str) -> str:
    """`customer, boundary` of `hashpartitioning(customer#12, boundary#7L, 200)`; others as Spark has them."""
    plain = re.sub(r"#\d+L?", "", partitioning)
    hashed = re.fullmatch(r"hashpartitioning\((.*), \d+\)", plain)
    return hashed[1] if hashed else plain


def _metric(metrics: Any, name: str) -> int | None:
    return int(metrics.apply(name).value()) if metrics.contains(name) else None
