"""`featurestore explain`"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from featurestore.cli.application import watched_application
from featurestore.cli.features import INPUT_FILE, asked_features, read_entity_dataframe
from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    import pyarrow as pa

    from featurestore.config import EngineType


@command("explain")
@click.argument("names", nargs=-1, required=True, metavar="FEATURES...")
@click.option("--entity-df", type=INPUT_FILE, help="The entity dataframe; if not given, a few entities at now.")
@click.option("--timestamp", metavar="COLUMN", default="event_timestamp", show_default=True,
              help="The column with the instant of each row.")  # fmt: skip
@click.option("--analyze", is_flag=True, help="Run it, and show the rows of each step beside those expected.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), help="What to compute on; the configuration's.")
@click.option("--sql", is_flag=True, help="Show the SQL too.")
def explain(
    session: Session,
    names: tuple[str, ...],
    entity_df: Path | None,
    timestamp: str,
    analyze: bool,
    engine: EngineType | None,
    sql: bool,
) -> None:
    """Tell how a training frame is computed, and why so.

    Tile tables, slots, forms and rows, and the SQL if asked for; on Spark, when it is run, what moved between tasks
    and, in an application of its own, what was wrong with it.

    FEATURES are a feature service, or references such as view:column or view:*.
    """
    features = asked_features(names)
    store = session.store_on(engine)
    with watched_application(store) if analyze else nullcontext(lambda: None) as diagnose:
        rows: str | pa.Table = (
            store.get_sample_entities(features)
            if entity_df is None
            else read_entity_dataframe(entity_df, lambda: store.get_entity_keys(features))
        )
        frame = store.get_historical_features(rows, features, timestamp=timestamp)
        explanation = frame.explanation(analyze, sql)
        explanation = replace(explanation, diagnosis=diagnose())
    text = explanation.text.rstrip()
    features = [column.name for column in frame.columns]
    document = {"rows": frame.shape.rows, "features": features, "explanation": text, **explanation.document}
    # Not wrapped: it is SQL, to be copied.
    session.answer(document, lambda console: console.print(text, markup=False, soft_wrap=True))
