"""`featurestore online`"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import click

from definitions.errors import RequestError
from featurestore.cli.features import asked_features
from featurestore.cli.session import Session, command
from featurestore.clock import format_instant

if TYPE_CHECKING:
    from rich.console import Console

    from featurestore.lookup import OnlineResponse


@command("online")
@click.argument("names", nargs=-1, required=True, metavar="FEATURES...")
@click.option(
    "--entity", "parts", multiple=True, metavar="KEY=VALUE", help="One key of the entity row; repeat for each."
)
@click.option("--rows", "file", type=click.File(encoding="utf-8"),
              help="Many entity rows: a JSON list of objects; - reads stdin.")  # fmt: skip
def online(session: Session, names: tuple[str, ...], parts: tuple[str, ...], file: IO[str] | None) -> None:
    """Look features up as they are online now.

    FEATURES are a feature service, or references such as view:column or view:*.

    \b
    featurestore online recommendations --entity customer_id=3
    featurestore online route_history:* --entity origin=EWR --entity dest=IAH
    """
    if bool(parts) == (file is not None):
        raise click.UsageError("give the entity row's keys as --entity KEY=VALUE, or a file of rows as --rows")
    features = asked_features(names)
    rows = _read_rows(file) if file is not None else [_read_row(session, features, parts)]
    response = session.store.get_online_features(features, rows)
    document = {
        "rows": [dict(zip(response.values, row, strict=True)) for row in zip(*response.values.values(), strict=True)],
        "freshness": [
            {
                "view": item.view,
                "generation": item.generation,
                "watermark": format_instant(item.watermark),
                "late": item.late,
            }
            for item in response.freshness
        ],
    }
    session.answer(document, lambda console: _show(console, response))


def _read_row(session: Session, features: str | list[str], parts: Sequence[str]) -> Mapping[str, Any]:
    """The keys as typed, each as a value of its type. Numbers as JSON has them; what is no value is refused later."""
    keys = session.store.get_entity_keys(features)
    row: dict[str, Any] = {}
    for part in parts:
        name, equals, text = part.partition("=")
        if not equals:
            raise click.UsageError(f"{part!r} is not KEY=VALUE")
        if name in row:
            raise click.UsageError(f"--entity {name} is given twice; for several rows use --rows")
        spelled = name in keys and (keys[name].is_integer or keys[name].is_floating or keys[name].name == "boolean")
        row[name] = _json_value(text) if spelled else text
    return row


def _json_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _read_rows(file: IO[str]) -> list[Mapping[str, Any]]:
    try:
        rows = json.load(file)
    except ValueError as error:
        raise RequestError(f"{file.name} is no JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RequestError(f"{file.name}: expected a list of objects, each with the entities' keys")
    return rows


def _show(console: Console, response: OnlineResponse) -> None:
    """Features down, rows across: one row has more features than a line has room."""
    from featurestore.cli.published import as_of_words
    from featurestore.cli.words import plain_table

    height = len(next(iter(response.values.values()), ()))
    table = plain_table("", *(f"row {position}" if height > 1 else "value" for position in range(height)))
    for name, values in response.values.items():
        table.add_row(name, *(_cell(value) for value in values))
    console.print(table)
    console.print()
    for item in response.freshness:
        late = ", late" if item.late else ""
        console.print(f"{item.view}: as of {as_of_words(item.watermark)}{late}", style="yellow" if late else "dim")


def _cell(value: Any) -> str:
    if value is None:
        return "[dim]null[/]"
    from rich.markup import escape

    return escape(f"{value:.6g}" if isinstance(value, float) else str(value))
