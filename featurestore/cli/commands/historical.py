"""`featurestore historical`"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from featurestore.cli.features import (
    INPUT_FILE,
    OUTPUT_FILE,
    asked_features,
    read_entity_dataframe,
    refuse_missing_folder,
)
from featurestore.cli.session import INSTANT, Session, command

if TYPE_CHECKING:
    from rich.console import Console

    from featurestore.frames import Frame


@command("historical")
@click.argument("names", nargs=-1, required=True, metavar="[ENTITY_DATAFRAME] [FEATURES]...")
@click.option("--out", type=OUTPUT_FILE, required=True, help="The file to write: Parquet, or CSV if it ends in .csv.")
@click.option("--as-of", type=INSTANT, help="Instead of an ENTITY_DATAFRAME: every entity, at this instant.")
@click.option("--timestamp", metavar="COLUMN", default="event_timestamp", show_default=True,
              help="The column with the instant of each row; without such a column rows mean now.")  # fmt: skip
@click.option("--manifest", type=OUTPUT_FILE, help="Write here what the frame was made of, as JSON.")
@click.option("--knowledge", type=INSTANT, help="The definitions and segments that stood at this instant, not now's.")
@click.option("--read-held", is_flag=True, help="Read rows from sources although checks hold them back.")
@click.option("--reproduce", type=INPUT_FILE, metavar="MANIFEST",
              help="An earlier frame again, by its manifest, which has the FEATURES.")  # fmt: skip
def historical(
    session: Session,
    names: tuple[str, ...],
    out: Path,
    as_of: int | None,
    timestamp: str,
    manifest: Path | None,
    knowledge: int | None,
    read_held: bool,
    reproduce: Path | None,
) -> None:
    """Write a training frame to a file.

    Its features are as they were known at each row's own instant.

    ENTITY_DATAFRAME is a Parquet or CSV file with the entities' keys and a timestamp in each row. FEATURES are a
    feature service, or references such as view:column or view:*.

    Rows that came late change frames of the same rows. An earlier frame can be had again, to the bit, with
    --reproduce, or with --knowledge if it read nothing but segments, until vacuum deletes the segments.
    """
    from featurestore.cli.words import count
    from featurestore.finding_words import finding_document, finding_words

    for path in (out, manifest):
        refuse_missing_folder(path)
    start = time.perf_counter()
    if sum(given is not None for given in (as_of, knowledge, reproduce)) > 1:
        raise click.UsageError("--as-of, --knowledge and --reproduce exclude each other")
    if read_held and (knowledge is not None or reproduce is not None):
        raise click.UsageError("an earlier frame reads what it read then; leave --read-held out")
    if as_of is not None:
        frame = session.store.get_features_as_of(as_of, asked_features(names), read_held=read_held)
    else:
        frame = _frame_of(session, names, out, timestamp, knowledge, reproduce, read_held)
    rows = _write(frame, out)
    if manifest is not None:
        from featurestore.manifest import manifest_text

        manifest.write_text(manifest_text(frame.manifest) + "\n", encoding="utf-8")
    seconds, findings = time.perf_counter() - start, frame.findings

    def show(console: Console) -> None:
        what = f"{count(rows, 'row')} with {count(len(frame.columns), 'feature column')}"
        console.print(f"Wrote {what} to {out}, in {seconds:.1f} s", markup=False)
        if frame.erased_since:
            erased = f"{count(len(frame.erased_since), 'erasure')} since the frame was made"
            console.print(f"note: {erased}; rows of these entities have the value over no rows", style="yellow")
        for finding in findings:
            console.print(f"note: {finding_words(finding)}", style="yellow", markup=False, soft_wrap=True)

    names_of_columns = [column.name for column in frame.columns]
    document = {
        "out": out,
        "rows": rows,
        "features": names_of_columns,
        "manifest": manifest,
        "erased_since": list(frame.erased_since),
        "findings": [finding_document(finding) for finding in findings],
        "seconds": seconds,
    }
    session.answer(document, show)


def _frame_of(
    session: Session,
    names: tuple[str, ...],
    out: Path,
    timestamp: str,
    knowledge: int | None,
    reproduce: Path | None,
    read_held: bool,
) -> Frame:
    given, features = Path(names[0]), asked_features(names[1:])
    if not features and reproduce is None:
        raise click.UsageError("name an entity dataframe and features, or give --as-of INSTANT and features")
    if not given.exists():
        raise click.UsageError(f"there is no file {given}; the first argument is the entity dataframe")
    if out.resolve() == given.resolve():
        raise click.UsageError(f"--out would overwrite the entity dataframe {given}")
    store = session.store
    if reproduce is None:
        rows = read_entity_dataframe(given, lambda: store.get_entity_keys(features, knowledge=knowledge))
        return store.get_historical_features(
            rows, features, timestamp=timestamp, knowledge=knowledge, read_held=read_held
        )
    from featurestore.manifest import read_manifest

    rows = read_entity_dataframe(given, lambda: read_manifest(reproduce).key_types)
    return store.get_historical_features(rows, features or None, manifest=reproduce)


def _write(frame: Frame, out: Path) -> int:
    if out.suffix.lower() != ".csv":
        return frame.to_parquet(out)
    from pyarrow import csv

    table = frame.to_arrow()
    csv.write_csv(table, out)
    return int(table.num_rows)
