"""Write a new feature repository: YAML to start from, and data to run it on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from importlib import resources
from pathlib import Path
from typing import Final

from definitions.errors import RequestError
from featurestore.clock import Clock, SystemClock

TEMPLATES: Final = ("flights",)
"""The templates that have a name; without one the repository is minimal."""

_DAYS: Final = 28
_CUSTOMERS: Final = 5


def write_repository(target: Path, template: str | None = None, clock: Clock | None = None) -> list[Path]:
    """Write a repository into the folder `target`, made where it is missing; returns the files written.

    The minimal repository's data are the four weeks before `clock`, so that its windows hold something today.

    Raises:
        RequestError: `target` is a file or holds something, there is no such template, or the template's data
            package is not installed; nothing was written.
    """
    if template is not None and template not in TEMPLATES:
        raise RequestError(f"there is no template {template!r}; there are: {', '.join(TEMPLATES)} (and none: minimal)")
    if target.exists() and not target.is_dir():
        raise RequestError(f"{target} is a file; a repository is a folder: choose another name")
    if target.is_dir() and any(target.iterdir()):
        raise RequestError(f"{target} is not empty; choose a new folder, so that nothing is overwritten")
    if template == "flights":
        # Here, so that pandas is loaded for this template alone.
        from featurestore.templates.flights_data import write_flights

        data = write_flights(target / "data")
    else:
        data = [_write_purchases(target / "data" / "purchases.csv", clock or SystemClock())]
    return [*_copy_definitions(template or "minimal", target), *data]


def _copy_definitions(template: str, target: Path) -> list[Path]:
    """Copy a template's files. Its `gitignore` gets its dot here: with it, Git would obey it in our own source."""
    written = []
    for file in sorted(resources.files("featurestore.templates").joinpath(template).iterdir(), key=lambda it: it.name):
        path = target / (".gitignore" if file.name == "gitignore" else file.name)
        path.write_bytes(file.read_bytes())
        written.append(path)
    return written


def _write_purchases(path: Path, clock: Clock) -> Path:
    path.parent.mkdir(parents=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["customer_id", "amount", "returned", "bought_at"])
        rows.writerows(_purchases(datetime.fromtimestamp(clock.now() / 1_000_000, UTC)))
    return path


def _purchases(now: datetime) -> Iterator[tuple[int, str, str, str]]:
    """Up to one purchase per customer and day: the higher a customer's number, the rarer and the bigger."""
    today = datetime.combine(now.date(), time(), UTC)
    for day in range(_DAYS):
        for customer in range(1, _CUSTOMERS + 1):
            if (day + customer) % customer == 0:
                bought_at = today - timedelta(days=_DAYS - day, hours=-(8 + 2 * customer))
                cents = 250 * customer + 7 * day
                returned = "true" if (day + customer) % 9 == 0 else "false"
                yield customer, f"{cents // 100}.{cents % 100:02}", returned, bought_at.strftime("%Y-%m-%dT%H:%M:%SZ")
