"""`featurestore doctor`"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from featurestore.cli.exit_codes import FOUND_WANTING
from featurestore.cli.session import Session, command
from featurestore.cli.sizes import SizeType


@click.group("doctor")
def doctor() -> None:
    """Tell what is wrong with what ran, and what to do."""


@command("spark", opens_store=False)
@click.argument("event_log", type=click.Path(path_type=Path))
@click.option("--shuffled", type=SizeType(), metavar="SIZE", help="A budget: what may be shuffled in all, as 10GB.")
@click.option("--exchanges", type=click.IntRange(min=0), metavar="N", help="A budget: how many stages may shuffle.")
def spark(session: Session, event_log: Path, shuffled: int | None, exchanges: int | None) -> None:
    """Tell what slowed an application of Spark down, by its event log.

    Skew, spills, tasks and files that are too large or too small, garbage, failures; each with its stage, what was
    seen, why it matters and what to set. Exit code 1 says that something is severe, or over its budget.

    EVENT_LOG is a file, the folder of a log that rolls, or a folder of logs, of which the newest is read.
    """
    from builders.spark.diagnosis import ShuffleBudget, diagnose

    diagnosis = diagnose(event_log, ShuffleBudget(exchanges, shuffled))
    # Not wrapped, so that settings can be copied.
    session.answer(
        diagnosis.document,
        lambda console: console.print("\n".join(diagnosis.lines), markup=False, soft_wrap=True),
    )
    if diagnosis.is_severe:
        sys.exit(FOUND_WANTING)


doctor.add_command(spark)
