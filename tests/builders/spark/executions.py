"""What Spark executed: plans as its own interface shows them, of every statement of an application."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass
class Execution:
    """How often each kind of node is in the plan of one statement, as it was in the end."""

    what: str
    nodes: Counter[str] = field(default_factory=Counter)


@contextmanager
def executions_of(session: SparkSession) -> Iterator[list[Execution]]:
    """The statements that run meanwhile, those that read or compute something."""
    held: Any = session
    store = held._jsparkSession.sharedState().statusStore()
    held.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
    before = {item.executionId() for item in _listed(store.executionsList())}
    found: list[Execution] = []
    yield found
    held.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
    for item in _listed(store.executionsList()):
        if item.executionId() not in before:
            names = [str(node.name()) for node in _listed(store.planGraph(item.executionId()).allNodes())]
            words = Counter("Scan" if name.startswith("Scan ") else name for name in names)
            if words:
                found.append(Execution(str(item.description()), words))


def _listed(items: Any) -> list[Any]:
    return [items.apply(position) for position in range(items.size())]
