"""`featurestore hbase`"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from featurestore.cli.progress import progress_bar
from featurestore.cli.session import Session, command
from featurestore.cli.sizes import SizeType
from featurestore.cli.words import count, instant_words, plain_table
from online_hbase.regions import Region, RegionMerge, RegionSplit

if TYPE_CHECKING:
    from rich.console import Console

    from featurestore.hbase_operations import HBaseStatus


@click.group("hbase")
def hbase() -> None:
    """Look after the HBase that holds online rows, or start one."""


@command("up")
def up(session: Session) -> None:
    """Start a HBase of one node in this repository.

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
    """Stop the local HBase; its data are kept."""
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


@command("status")
@click.option("--prometheus", is_flag=True, help="In the text format that Prometheus scrapes.")
def status(session: Session, prometheus: bool) -> None:
    """Tell how the table's regions are, and how long look-ups take.

    What each holds and is asked for, and which are hot. It looks for a second, and does 50 look-ups of its own.
    """
    found = session.store.hbase.status()
    if prometheus:
        from featurestore.hbase_metrics import metrics_text

        click.echo(metrics_text(found), nl=False)
        return
    session.answer(_status_document(found), lambda console: _show_status(console, found))


@command("regions")
@click.option("--merge-small", is_flag=True, help="Make one region of small neighbours.")
@click.option("--split-hot", is_flag=True, help="Make two of regions that are hot, or too large; looks for 5 seconds.")
@click.option("--target", type=SizeType(), metavar="SIZE", help="How large a region is to become; 1GB if not given.")
@click.option("--apply", is_flag=True, help="Do it; without, the plan is shown.")
def regions(session: Session, merge_small: bool, split_hot: bool, target: int | None, apply: bool) -> None:
    """Bring the regions towards an even layout.

    Rows stay, and are served meanwhile.
    """
    if not (merge_small or split_hot):
        raise click.UsageError("say --merge-small, --split-hot, or both")
    operations = session.store.hbase
    plan = operations.plan_regions(merge_small, split_hot, target)
    if apply:
        with progress_bar(session) as progress:
            operations.change_regions(plan, progress)
    document = [
        {"change": _change(each), "regions": [region.name for region in _regions(each)], "reason": each.reason}
        for each in plan
    ]

    def show(console: Console) -> None:
        for each in plan:
            first, *others = _regions(each)
            names = f"{first.name[:8]} to {others[-1].name[:8]}" if others else first.name[:8]
            console.print(f"{_change(each)} {names}: {each.reason}", soft_wrap=True)
        if not plan:
            console.print("Nothing to do: the layout is even.")
        elif apply:
            console.print(f"Done: {count(len(plan), 'change')}.")
        else:
            console.print("Nothing is changed yet; add --apply.")

    session.answer({"applied": apply, "changes": document}, show)


@command("compact")
def compact(session: Session) -> None:
    """Put the files of each region together.

    What was replaced or dropped is gone then.
    """
    operations = session.store.hbase
    session.notice(f"compacting {operations.table}")
    operations.compact()
    session.answer({"table": operations.table}, lambda console: console.print(f"Compacted {operations.table}."))


@command("snapshot")
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="List the snapshots of the table.")
@click.option(
    "--restore", is_flag=True, help="Make the table what it was at the snapshot NAME; look-ups fail meanwhile."
)
@click.option("--delete", is_flag=True, help="Let the snapshot NAME go.")
def snapshot(session: Session, name: str | None, listed: bool, restore: bool, delete: bool) -> None:
    """Keep the table as it is now.

    Under NAME, or a name that says when; no row is copied.
    """
    if listed + restore + delete > 1 or (name is None and (restore or delete)) or (name is not None and listed):
        raise click.UsageError("say [NAME], --list, --restore NAME or --delete NAME")
    operations = session.store.hbase
    if listed:
        found = operations.snapshots()
        said = [f"{item.name}  {instant_words(item.taken_at)}" for item in found] or ["There are none."]
    elif restore or delete:
        assert name is not None
        (operations.restore_snapshot if restore else operations.delete_snapshot)(name)
        found = operations.snapshots()
        said = [f"{'Restored' if restore else 'Deleted'} {name}."]
    else:
        found = [operations.take_snapshot(name)]
        said = [f"Took the snapshot {found[0].name}."]
    session.answer(
        {"snapshots": [asdict(item) for item in found]}, lambda console: console.print("\n".join(said), markup=False)
    )


def _change(change: RegionMerge | RegionSplit) -> str:
    return "split" if isinstance(change, RegionSplit) else "merge"


def _regions(change: RegionMerge | RegionSplit) -> tuple[Region, ...]:
    return (change.region,) if isinstance(change, RegionSplit) else change.regions


def _status_document(status: HBaseStatus) -> dict[str, Any]:
    return {
        "table": status.table,
        "servers": status.servers,
        "reads": asdict(status.reads),
        "regions": [
            {
                "name": load.region.name,
                "server": load.region.server,
                "start": load.region.start.hex(),
                "end": load.region.end.hex(),
                "store_files": load.region.files,
                "file_bytes": load.region.file_bytes,
                "memory_bytes": load.region.memory_bytes,
                "reads_per_second": load.reads_per_second,
                "writes_per_second": load.writes_per_second,
                "is_hot": load.region.name in status.hot,
            }
            for load in status.regions
        ],
    }


def _show_status(console: Console, status: HBaseStatus) -> None:
    from builders.figures import size_words

    table = plain_table("region", "from", "server", "files", "in files", "in memory", "reads/s", "writes/s")
    for load in status.regions:
        region = load.region
        hot = " [bold red]hot[/]" if region.name in status.hot else ""
        table.add_row(
            f"{region.name[:8]}{hot}",
            region.start.hex()[:8] or "the first",
            region.server,
            str(region.files),
            size_words(region.file_bytes),
            size_words(region.memory_bytes),
            f"{load.reads_per_second:,.0f}",
            f"{load.writes_per_second:,.0f}",
        )
    held = sum(load.region.bytes for load in status.regions)
    console.print(
        f"[bold]{status.table}[/]: {count(len(status.regions), 'region')} on {count(len(status.servers), 'server')}, "
        f"{size_words(held)}"
    )
    console.print(table)
    reads = status.reads
    console.print(
        f"{count(reads.calls, 'look-up')} of one row just now: p50 {reads.p50 * 1e3:.1f} ms, "
        f"p95 {reads.p95 * 1e3:.1f} ms, p99 {reads.p99 * 1e3:.1f} ms"
    )


for each in (up, down, create, status, regions, compact, snapshot):
    hbase.add_command(each)
