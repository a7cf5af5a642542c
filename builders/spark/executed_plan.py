"""What moved between tasks: the exchanges of an executed plan, which are what costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
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


def list_exchanges(frame: DataFrame) -> list[Exchange]:
    """What moved for a DataFrame that has been computed, by the plan as adaptive execution left it; an exchange that is
    read at several places counts once. Before it is computed, what the plan begins with."""
    nodes = _walk(frame._jdf.queryExecution().executedPlan(), set())
    return [_exchange(node, _EXCHANGES[_name(node)]) for node in nodes if _name(node) in _EXCHANGES]


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
