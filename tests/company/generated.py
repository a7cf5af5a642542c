"""A company's repository, made up from a seed: teams with sources of their own and shared ones, views, services.

Sizes are those of a mid-sized company (40 teams, 3,000 feature columns) unless told otherwise. Some teams build again
what others have, as teams do: about one view in twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

SUBJECTS: Final = (
    "orders",
    "visits",
    "payments",
    "returns",
    "calls",
    "deliveries",
    "reviews",
    "clicks",
    "claims",
    "trips",
)
NUMBERS: Final = ("amount", "minutes", "distance", "price", "weight", "score", "balance", "pieces")
WORDS: Final = ("web", "shop", "phone", "partner")
ENTITIES: Final = ("customer", "product", "shop", "courier", "campaign", "account", "device", "region")
WINDOWS: Final = (("1d", "7d", "28d"), ("7d", "28d"), ("28d", "90d"), ("7d",), ("1d", "7d", "14d", "28d", "90d"))
COLUMNS_A_VIEW: Final = 5


@dataclass(frozen=True)
class Size:
    """How large a company is; `views` follows from the feature columns."""

    teams: int = 40
    features: int = 3_000

    @property
    def views(self) -> int:
        return self.features // COLUMNS_A_VIEW


def write_company(root: Path, size: Size, seed: int = 1) -> None:
    """Write a company's YAML, a file a team, into an empty folder."""
    random = Random(seed)
    root.mkdir(parents=True, exist_ok=True)
    (root / "featurestore.yaml").write_text("project: company\n")
    sources = [_source(number, random) for number in range(max(10, size.teams))]
    shared = {"entities": [{"name": name, "keys": {name: "string"}} for name in ENTITIES], "sources": sources}
    _write(root / "shared.yaml", {"team": "platform", "owner": "platform_owner", **shared})
    views: list[dict[str, Any]] = []
    by_team: list[list[dict[str, Any]]] = [[] for _ in range(size.teams)]
    for number in range(size.views):
        again = views and random.random() < 0.05
        view = _rebuilt(number, random.choice(views)) if again else _view(number, sources, random)
        views.append(view)
        by_team[number % size.teams].append(view)
    for team, built in enumerate(by_team):
        services = _services(team, built, views, random)
        document = {"team": f"team_{team:03}", "owner": f"person_{team:03}_{random.randint(0, 5)}"}
        _write(root / f"team_{team:03}.yaml", {**document, "feature_views": built, "feature_services": services})


def _source(number: int, random: Random) -> dict[str, Any]:
    subject = SUBJECTS[number % len(SUBJECTS)]
    name = subject if number < len(SUBJECTS) else f"{subject}_{number // len(SUBJECTS)}"
    numbers = random.sample(NUMBERS, 4)
    columns = {
        **dict.fromkeys(ENTITIES, "string"), **dict.fromkeys(numbers, "double"), "channel": "string", "done": "boolean",
        "known_at": "timestamp",
    }  # fmt: skip
    return {"name": name, "path": f"data/{name}/*.parquet", "timestamp": "known_at", "columns": columns}


def _view(number: int, sources: list[dict[str, Any]], random: Random) -> dict[str, Any]:
    # A few sources serve most views, as in every company.
    source = sources[min(int(random.expovariate(4 / len(sources))), len(sources) - 1)]
    entity = random.choice(ENTITIES)
    features, columns = [], 0
    while columns < COLUMNS_A_VIEW:
        windows = random.choice(WINDOWS)[: COLUMNS_A_VIEW - columns]
        features.append(_feature(len(features), source, windows, random))
        columns += len(windows)
    return {
        "name": f"{entity}_{source['name']}_{number}",
        "description": f"How a {entity} stands in {source['name']}.",
        "entity": entity,
        "source": source["name"],
        "every": random.choice(("1d", "1d", "1d", "1h")),
        "delay": random.choice(("1h", "1h", "6h")),
        "features": features,
    }


def _feature(position: int, source: dict[str, Any], windows: tuple[str, ...], random: Random) -> dict[str, Any]:
    numbers = [name for name, data_type in source["columns"].items() if data_type == "double"]
    agg = random.choice(("count", "sum", "mean", "max", "min", "stddev"))
    of = random.choice(numbers)
    bound = random.choice((0, 5, 10, 15, 20, 50, 100))
    where = random.choice(
        (None, None, "done", "not done", f"{random.choice(numbers)} > {bound}", f"channel = '{random.choice(WORDS)}'")
    )
    said: dict[str, Any] = {"name": f"{agg}_{of}_{position}", "agg": agg, "of": of, "windows": list(windows)}
    return said if where is None else {**said, "where": where}


def _rebuilt(number: int, view: dict[str, Any]) -> dict[str, Any]:
    """The same under other names."""
    features = [{**feature, "name": f"own_{position}"} for position, feature in enumerate(view["features"])]
    return {**view, "name": f"again_{number}", "description": "Our own.", "features": features}


def _services(
    team: int, built: list[dict[str, Any]], views: list[dict[str, Any]], random: Random
) -> list[dict[str, Any]]:
    """Two services a team, of its own views and of some of others."""
    services = []
    for number in range(2):
        chosen = {view["name"]: view for view in [*random.sample(built, min(2, len(built))), random.choice(views)]}
        entries = [{"view": name, "prefix": f"p{place}_"} for place, name in enumerate(chosen)]
        services.append({"name": f"model_{team:03}_{number}", "features": entries})
    return services


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False))
