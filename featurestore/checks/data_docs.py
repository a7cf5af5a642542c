"""Data Docs of what was found in the sources that views read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from definitions.durations import DAY
from definitions.model import FeatureView
from definitions.relation import resolve_view
from featurestore.checks.check_relation import CheckedSource, check_relation
from featurestore.checks.judge_on_sample import sample_of_day
from featurestore.context import Context
from featurestore.survey import survey_source
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
    documented = {}
    for each in _checked(context, applied, views):
        days = each.days
        if each.source.name not in documented and days.present:
            sample = sample_of_day(days, days.present[-1], ROWS_SHOWN, with_private=False)
            documented[each.source.name] = Documented(each.source.name, each.judgements, sample)
    return write_site(folder, list(documented.values()))


def _checked(context: Context, applied: Applied, views: Mapping[str, FeatureView]) -> Iterator[CheckedSource]:
    now = context.clock.now()
    shown = (now // DAY - DAYS_SHOWN) * DAY
    for view in views.values():
        source = resolve_view(view, applied.repository.sources)
        yield from check_relation(context, source, survey_source(context, source), [(shown, now)], now)
