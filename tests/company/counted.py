"""A generated company's use, made up from a seed: who looked up and fetched what, on which day and how often.

Half of the counters are of services, half of columns asked for by reference. Popularity follows Zipf's law in both: few
are used by many and often, most by somebody now and then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil
from random import Random
from typing import Final

from featurestore.fetches import training_request
from featurestore.registry.usage_writer import Counted, Request, UsageWriter
from featurestore.resolve import Applied

PEOPLE_A_TEAM: Final = 6
REFERENCES_A_VIEW: Final = 2
_STEEPNESS: Final = 0.7
"""The exponent of Zipf's law for how many use something on how many days; that of how often they do is 1."""
_PART_OF_DAYS: Final = 1 / 3
"""On how many of the days whoever uses something uses it."""
_MOST_LOOK_UPS: Final = 100_000
"""About how often one principal looks up what is most popular in a day."""
_BATCH: Final = 100_000


@dataclass(frozen=True)
class Use:
    """How much use there is: about so many counters, over so many days up to and with `last_day` (since 1970)."""

    counters: int
    last_day: int
    days: int = 365


def write_use(writer: UsageWriter, applied: Applied, use: Use, seed: int = 1) -> int:
    """Add a company's use to its registry, in transactions of a fixed size; returns how many counters there are."""
    counted, written = made_up_use(applied, use, seed), 0
    while batch := list(islice(counted, _BATCH)):
        writer.add(batch)
        written += len(batch)
    return written


def made_up_use(applied: Applied, use: Use, seed: int = 1) -> Iterator[Counted]:
    """The counters, each once, by what is asked for and day. A small company has fewer than `use.counters` where
    everybody uses the most popular things on every day."""
    random = Random(seed)
    principals = _principals(applied)
    for requests in (_services(applied, random), _references(applied, random)):
        most = use.counters / 2 / sum(rank**-_STEEPNESS for rank in range(1, len(requests) + 1))
        for rank, request in enumerate(requests, start=1):
            counters = round(most * rank**-_STEEPNESS)
            yield from _counted(request, rank, counters, principals, use, random)


def _principals(applied: Applied) -> dict[str, str]:
    """Everybody, with the kind of their uses: programs look up, people train."""
    views, services = applied.repository.feature_views, applied.repository.feature_services
    teams = sorted({view.team for view in views.values() if view.team is not None})
    programs = {f"{name}_program": "online" for name in services}
    people = {
        f"{team.replace('team', 'person')}_{number}": "training" for team in teams for number in range(PEOPLE_A_TEAM)
    }
    return programs | people


def _services(applied: Applied, random: Random) -> Sequence[Request]:
    """All services, the most popular first."""
    names = sorted(applied.repository.feature_services)
    random.shuffle(names)
    return [training_request(name, applied.resolve(name)) for name in names]


def _references(applied: Applied, random: Random) -> Sequence[Request]:
    """Some columns of each view, in a few choices, the most popular first."""
    views = sorted(applied.repository.feature_views) * REFERENCES_A_VIEW
    random.shuffle(views)
    requests = []
    for name in views:
        columns = applied.view_columns(applied.repository.feature_views[name])
        requests.append(training_request(None, random.sample(columns, random.randint(1, len(columns)))))
    # Two choices of the same columns are one request.
    return list(dict.fromkeys(requests))


def _counted(
    request: Request, rank: int, counters: int, principals: dict[str, str], use: Use, random: Random
) -> Iterator[Counted]:
    """So many counters of a request, on random days by a circle of principals that is as large as it is popular."""
    circle = min(len(principals), ceil(counters / use.days / _PART_OF_DAYS))
    members = random.sample(list(principals.items()), circle)
    cells = range(use.days * circle)
    for cell in sorted(random.sample(cells, min(counters, len(cells)))):
        day, member = divmod(cell, circle)
        who, kind = members[member]
        most = _MOST_LOOK_UPS / rank if kind == "online" else 1
        number = ceil(most * random.paretovariate(1.5) / 3)
        yield Counted(request, kind, use.last_day - use.days + 1 + day, who, number)
