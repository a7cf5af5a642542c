"""Data Docs of what was found in the sources that views read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from definitions.durations import DAY
from definitions.model import FeatureView
from featurestore.checks.check_relation import check_sources
from featurestore.checks.judge_on_sample import sample_of_day
from featurestore.context import Context
from quality.data_docs import Documented, write_site

if TYPE_CHECKING:
    from featurestore.resolve import Applied

DAYS_SHOWN: Final = 28
"""How many days there are on the site, the last ones."""
ROWS_SHOWN: Final = 1_000
"""How many rows of the last day are validated for it."""


def write_data_docs(context: Context, applied: Applied, views: Mapping[str, FeatureView], folder: Path) -> Path:
    """Build the site of the sources that these views read, with their unions and dimensions, of the last days; returns
    its first page. Days that were not checked yet are checked; columns that tell about people are in no sample.

    Raises:
        ConfigurationError: Great Expectations is not installed.
    """
    now = context.clock.now()
    relations = [applied.view_columns(view)[0].source for view in views.values()]
    documented = []
    for each in check_sources(context, relations, ((now // DAY - DAYS_SHOWN) * DAY, now)):
        days = each.days
        if days.present:
            sample = sample_of_day(days, days.present[-1], ROWS_SHOWN, with_private=False)
            documented.append(Documented(each.source.name, each.judgements, sample))
    return write_site(folder, documented)
