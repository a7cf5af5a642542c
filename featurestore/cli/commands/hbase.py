"""`featurestore hbase`"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@click.group("hbase")
def hbase() -> None:
    """Start a local HBase, and look after the one that holds online rows."""


@command("up")
def up(session: Session) -> None:
    """Start a HBase of one node in this repository, for trying.

    It listens on loopback addresses only, its Thrift server at online.port, and keeps its data in .featurestore/hbase.
    Java 17 and Maven have to be there; Maven fetches the jars the first time (120 MB).
    """
    session.notice("starting HBase; the first time its jars are fetched, which takes a minute or two")
    local = session.store.hbase.up()

    def show(console: Console) -> None:
        console.print(f"HBase listens at {local.host}:{local.port}; its data and logs are in {local.folder}.")
        if session.store.configuration.online.type != "hbase":
            console.print(f"To use it, write in featurestore.yaml: online: {{type: hbase, port: {local.port}}}")

    session.answer({**asdict(local), "folder": str(local.folder)}, show)


@command("down")
def down(session: Session) -> None:
    """Stop the HBase that `featurestore hbase up` started; its data are kept."""
    stopped = session.store.hbase.down()
    session.answer(
        {"stopped": stopped},
        lambda console: console.print("Stopped." if stopped else "No HBase runs in this repository."),
    )


@command("create")
@click.option("--regions", type=click.IntRange(1, 254), metavar="N",
              help="How many regions to split it into, for good; 16 if not given.")  # fmt: skip
def create(session: Session, regions: int | None) -> None:
    """Make the table of this store's online rows."""
    operations = session.store.hbase
    created = operations.create_table(regions)
    session.answer(
        {"table": operations.table, "created": created},
        lambda console: console.print(
            f"Made the table {operations.table}." if created else f"The table {operations.table} is there already."
        ),
    )


for each in (up, down, create):
    hbase.add_command(each)
