"""What checks found, as Data Docs: the site that Great Expectations builds of its results.

Of each source it is handed two frames. The *metrics* have a row a day and a column a check: how many rows break it, or
1 where a check that counts none is broken, 0 where it holds, nothing where it was not made; each column is expected to
be 0. The *sample* has rows of the last day, which are held against the same checks in its own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from definitions.expectation import Check, GreatExpectation, OfColumn, Unique
from definitions.great_expectations import columns_in_arguments
from quality.gx import Sample, expectation_of, load_great_expectations, open_batch, open_context, refusals
from quality.gx_translation import as_great_expectation
from quality.judgement import Judgement
from quality.words import broken_words, day_words

if TYPE_CHECKING:
    import pandas as pd

_DAY: Final = "day"
_SEVERITY: Final = {"warn": "warning", "block": "critical"}
_SITE: Final = "gx/uncommitted/data_docs/local_site/index.html"
_SHOWN: Final = {"result_format": "SUMMARY", "partial_unexpected_count": 10}
"""What is shown of values that are otherwise than expected: some of them."""


@dataclass(frozen=True)
class Documented:
    """What the site has of one source: its judgements and a sample of its rows, which has no columns about people."""

    name: str
    judgements: Sequence[Judgement]
    sample: Sample


def write_site(folder: Path, documented: Sequence[Documented]) -> Path:
    """Build the site of these in a folder, in place of what it had of them before; returns its first page.

    Raises:
        ConfigurationError: Great Expectations is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    context = open_context(str(folder))
    for each in documented:
        if each.judgements:
            _add(context, f"{each.name} checks", metrics_table(each.judgements), _of_metrics(each))
        expectations = list(_of_sample(each))
        if expectations:
            _add(context, f"{each.sample.name} sample", each.sample.rows.to_pandas(), expectations)
    context.build_data_docs()
    return folder / _SITE


def metrics_table(judgements: Sequence[Judgement]) -> pd.DataFrame:
    """A row a day, in their order, and a column a check."""
    import pandas as pd

    by_day: dict[int, dict[str, Any]] = {}
    for each in judgements:
        row = by_day.setdefault(each.instant, {_DAY: day_words(each.instant)})
        row[each.name] = 0 if each.figures is None else each.figures.get("broken", 1)
    return pd.DataFrame([by_day[day] for day in sorted(by_day)])


def _of_metrics(documented: Documented) -> Iterator[Any]:
    """An expectation a check, which says what the last broken day found."""
    last: dict[str, Judgement] = {}
    for each in sorted(documented.judgements, key=lambda judged: judged.instant):
        if each.figures is not None or each.name not in last:
            last[each.name] = each
    for name, judged in last.items():
        of_counts = GreatExpectation(
            check="great_expectations",
            expectation="expect_column_values_to_be_in_set",
            at_least=1.0,
            arguments={"value_set": [0]},
        )
        said = f"{name}: {_words(judged, documented.sample.private)}"
        yield expectation_of(of_counts, name, description=said, severity=_SEVERITY[judged.check.severity])


def _words(judged: Judgement, private: frozenset[str]) -> str:
    if judged.figures is None:
        return "nothing was found"
    column = judged.check.column if isinstance(judged.check, OfColumn) else None
    when = day_words(judged.instant)
    # Figures may name a category, which is a value.
    return f"{when}, broken" if column in private else f"{when}, {broken_words(judged.check, column, judged.figures)}"


def _of_sample(documented: Documented) -> Iterator[Any]:
    """The checks that the sample's columns allow, but those that Great Expectations refuses or cannot tell of."""
    named = {each.name: each.check for each in documented.judgements}
    present = set(documented.sample.rows.column_names)
    asked = [
        (translated, translated.column, check)
        for check in named.values()
        for translated in (as_great_expectation(check, _column_of(check)),)
        if translated is not None and _columns(translated) <= present
    ]
    batch = open_batch(open_context(), documented.sample)
    for translated, column, check in asked:
        try:
            expectation = expectation_of(translated, column, severity=_SEVERITY[check.severity])
            # Of quantiles it makes booleans of NumPy's, which its own stores do not take.
            json.dumps(batch.validate(expectation, result_format=_SHOWN).to_json_dict())
        except refusals():
            continue
        yield expectation


def _column_of(check: Check) -> str | None:
    return check.column if isinstance(check, OfColumn) and not isinstance(check, Unique) else None


def _columns(check: GreatExpectation) -> set[str]:
    return {name for name in (check.column, *(name for _, name in columns_in_arguments(check))) if name is not None}


def _add(context: Any, name: str, frame: pd.DataFrame, expectations: Any) -> None:
    """Validate a frame, so that the context remembers what came of it."""
    gx = load_great_expectations()
    source = context.data_sources.add_or_update_pandas(name)
    data = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
    suite = context.suites.add_or_update(gx.ExpectationSuite(name=name, expectations=list(expectations)))
    definition = gx.ValidationDefinition(name=name, data=data, suite=suite)
    context.validation_definitions.add_or_update(definition).run(
        batch_parameters={"dataframe": frame}, result_format=_SHOWN
    )
