from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from quality.effect import index_by_chance, stability_index
from quality.history import DAY, EVIDENCE
from quality.reference import reference_of_numbers
from quality.stability import LIMIT, Column, Verdict, judge, judge_columns, judge_series
from quality.summary import Summary
from tests.benchmarks.clean_sources import summarise_numbers
from tests.quality.made_days import CHANNELS, Fault, Values, channels, hours, make_days, mostly_zero, numbers

LAST = 70


def judge_last(make, fault: Fault | None = None, seed: int = 1) -> Verdict:  # type: ignore[no-untyped-def]
    days, reference = make_days(make, LAST + 1, seed, {LAST: fault} if fault else None)
    return judge(days, LAST * DAY, days[LAST * DAY], reference)


def halve(values: Values) -> Values:
    return values[::2]


def lose(values: Values) -> Values:
    return np.where(np.arange(len(values)) % 10 == 0, np.nan, values)


FAULTS = {
    "half the rows missing": (numbers, halve, {"rows"}),
    "the day duplicated": (numbers, lambda values: np.tile(values, 2), {"rows"}),
    "a tenth more nulls": (numbers, lose, {"nulls"}),
    "half a deviation more": (numbers, lambda values: values + 1.0, {"mean", "rank", "share"}),
    "another unit": (numbers, lambda values: values * 1_000, {"mean", "rank", "share", "spread"}),
    "the same value throughout": (numbers, lambda values: np.full_like(values, 10.0), {"spread", "share"}),
    "half as wide again": (numbers, lambda values: 10 + (values - 10) * 1.5, {"spread", "share"}),
    "a fifth of values not zero": (
        mostly_zero,
        lambda values: np.where(np.arange(len(values)) % 10 == 0, 1.0, values),
        {"mean", "rank", "share"},
    ),
    "zeros become negative": (
        mostly_zero,
        lambda values: np.where(values == 0, -1.0, values),
        {"share", "rank", "spread"},
    ),
    "a category vanished": (
        channels,
        lambda values: np.where(values == CHANNELS[3], CHANNELS[0], values),
        {"share", "profile"},
    ),
    "an unknown category": (channels, lambda values: np.where(values == "phone", "fone", values), {"share", "profile"}),
    "an hour off": (hours, lambda values: ((values.astype(int) + 1) % 24).astype(str), {"until", "rank", "profile"}),
    "the last hours missing": (
        hours,
        lambda values: values[values.astype(int) < 20],
        {"until", "rank", "share", "profile", "spread"},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(name: str) -> None:
    make, fault, families = FAULTS[name]
    assert judge_last(make).standing == "stable"
    verdict = judge_last(make, fault)
    assert verdict.standing == "drifting"
    assert verdict.since == LAST * DAY
    strongest = verdict.strongest
    assert strongest is not None
    assert strongest.family in families
    assert strongest.score >= LIMIT
    assert not strongest.lowest <= strongest.observed <= strongest.highest
    assert strongest.lowest <= strongest.expected <= strongest.highest


@pytest.mark.parametrize("make", [numbers, mostly_zero, channels, hours])
def test_nothing_is_found_where_nothing_is_wrong(make) -> None:  # type: ignore[no-untyped-def]
    columns = {str(seed): Column(*make_days(make, 90, seed)) for seed in range(5)}
    for verdicts in judge_series(columns).values():
        assert {verdict.standing for verdict in verdicts[EVIDENCE:]} == {"stable"}


def test_what_is_observed_is_told_in_its_own_unit() -> None:
    strongest = judge_last(numbers, halve).strongest
    assert strongest is not None
    assert strongest.observed == pytest.approx(250, rel=0.1)
    assert strongest.expected == pytest.approx(500, rel=0.05)
    nulls = judge_last(numbers, lose).strongest
    assert nulls is not None
    assert (nulls.observed, nulls.expected) == (pytest.approx(0.12, abs=0.02), pytest.approx(0.02, abs=0.01))
    shifted = judge_last(channels, lambda values: np.where(values == "agent", "web", values)).strongest
    assert shifted is not None
    assert shifted.label in {"agent", ""}


def test_less_than_four_weeks_are_not_enough_evidence() -> None:
    days, reference = make_days(numbers, 40, faults={27: halve, 28: halve})
    verdicts = judge_series({"column": Column(days, reference)})["column"]
    assert {verdict.standing for verdict in verdicts[:28]} == {"not enough evidence"}
    assert verdicts[27].evidence == 27
    assert verdicts[28].standing != "not enough evidence"


def test_a_few_rows_a_day_are_not_enough_evidence() -> None:
    history = {day * DAY: Summary(10, 0) for day in range(60)}
    assert judge(history, 60 * DAY, Summary(0, 0)).standing == "not enough evidence"


def test_boundaries_of_one_day_are_not_enough_evidence() -> None:
    hour = DAY // 24
    history = {at * hour: Summary(1_000, 0) for at in range(60)}
    assert judge(history, 60 * hour, Summary(1_000, 0)).standing == "not enough evidence"


def test_a_column_without_rows_whose_rows_are_judged_elsewhere_is_not_judged() -> None:
    days, reference = make_days(numbers, LAST)
    column = Column({**days, LAST * DAY: Summary(0, 0)}, reference, with_rows=False)
    assert judge_columns({"column": column}, LAST * DAY)["column"].standing == "not enough evidence"


def test_no_rows_at_all_are_found() -> None:
    history = {day * DAY: Summary(1_000 + day % 5, 0) for day in range(60)}
    verdict = judge(history, 60 * DAY, Summary(0, 0))
    assert verdict.standing == "drifting"
    assert verdict.strongest is not None
    assert (verdict.strongest.family, verdict.strongest.observed) == ("rows", 0.0)


def weekly_rows(day: int, random: np.random.Generator) -> Summary:
    return Summary(int(random.poisson(300 if day % 7 >= 5 else 1_000)), 0)


def test_the_week_is_learnt() -> None:
    random = np.random.default_rng(3)
    history = {day * DAY: weekly_rows(day, random) for day in range(70)}
    verdicts = judge_series({"rows": Column(history)})["rows"]
    assert {verdict.standing for verdict in verdicts[28:]} == {"stable"}
    # Day 70 is a Monday of these weeks: what is usual on Saturdays is not on it.
    assert judge(history, 70 * DAY, Summary(300, 0)).standing == "drifting"
    assert judge(history, 70 * DAY, Summary(1_000, 0)).standing == "stable"


def test_what_days_have_in_common_widens_the_limits() -> None:
    """Of 10,000 independent rows a day, 2% more or less would be eight standard deviations."""
    random = np.random.default_rng(4)
    calm = {day * DAY: Summary(int(random.poisson(1e6)), 0) for day in range(60)}
    moved = {day * DAY: Summary(int(random.poisson(1e6 * np.exp(0.02 * random.normal()))), 0) for day in range(60)}
    assert judge(calm, 60 * DAY, Summary(1_020_000, 0)).standing == "drifting"
    assert judge(moved, 60 * DAY, Summary(1_020_000, 0)).standing == "stable"


@pytest.mark.parametrize("told", [True, False])
def test_a_past_fault_does_not_blind(told: bool) -> None:
    faults = {40: lambda values: values * 1_000, 55: halve, LAST: lambda values: values + 1.2}
    days, reference = make_days(numbers, LAST + 1, faults=faults)
    found = (40 * DAY, 55 * DAY) if told else ()
    verdict = judge(days, LAST * DAY, days[LAST * DAY], reference, found=found)
    assert verdict.standing == "drifting"
    assert judge_last(numbers, None).standing == "stable"


def test_a_drift_that_lasts_is_found_since_its_first_day_and_is_normal_after_four_weeks() -> None:
    faults = dict.fromkeys(range(50, 100), lambda values: values + 2.0)
    days, reference = make_days(numbers, 100, faults=faults)
    verdicts = judge_series({"column": Column(days, reference)})["column"]
    assert {verdict.standing for verdict in verdicts[28:50]} == {"stable"}
    assert {(verdict.standing, verdict.since) for verdict in verdicts[50:78]} == {("drifting", 50 * DAY)}
    assert {verdict.standing for verdict in verdicts[78:]} == {"stable"}


def test_a_drift_that_ends_is_followed_by_what_was_normal() -> None:
    faults = dict.fromkeys(range(50, 60), lambda values: values + 2.0)
    days, reference = make_days(numbers, 80, faults=faults)
    verdicts = judge_series({"column": Column(days, reference)})["column"]
    assert [verdict.boundary // DAY for verdict in verdicts if verdict.standing == "drifting"] == list(range(50, 60))


def overlapping(days: int, seed: int = 5, fault: int | None = None) -> tuple[dict[int, Summary], Column]:
    """What 500 entities had a day over the last 28 days, day by day."""
    random = np.random.default_rng(seed)
    values = random.normal(10, 4, (days + 28, 500)) + np.cumsum(random.normal(0, 0.3, days + 28))[:, None]
    if fault is not None:
        values[fault + 27] += 10
    means = np.array([values[day : day + 28].mean(axis=0) for day in range(days)])
    reference = reference_of_numbers(means[:28].ravel())
    summaries = {day * DAY: summarise_numbers(row, reference) for day, row in enumerate(means)}
    return summaries, Column(summaries, reference)


def test_windows_that_overlap_are_judged_by_their_steps() -> None:
    _, column = overlapping(90)
    verdicts = judge_series({"column": column})["column"]
    assert [verdict for verdict in verdicts[28:] if verdict.standing != "stable"] == []
    days, column = overlapping(90, fault=80)
    means = [days[day * DAY].mean or 0.0 for day in range(80)]
    present = days[80 * DAY]
    assert min(means) < (present.mean or 0.0) < max(means), "its level is nothing new"
    assert judge_columns({"column": column}, 80 * DAY)["column"].standing == "drifting"


def test_later_boundaries_and_the_order_of_the_history_do_not_matter() -> None:
    days, reference = make_days(numbers, 80)
    present = days[60 * DAY]
    verdict = judge({at: item for at, item in days.items() if at < 60 * DAY}, 60 * DAY, present, reference)
    assert judge(dict(reversed(days.items())), 60 * DAY, present, reference) == verdict


def test_whole_weeks_later_the_verdict_is_the_same() -> None:
    days, reference = make_days(numbers, LAST + 1)
    later = {at - 700 * DAY: summary for at, summary in days.items()}
    verdict = judge(days, LAST * DAY, days[LAST * DAY], reference)
    moved = judge(later, (LAST - 700) * DAY, days[LAST * DAY], reference)
    assert replace(moved, boundary=verdict.boundary) == verdict


def test_another_unit_throughout_changes_no_score() -> None:
    def thousandfold(random: np.random.Generator, day: int) -> Values:
        return numbers(random, day) * 1_024

    verdict, in_thousands = judge_last(numbers), judge_last(thousandfold)
    assert in_thousands.score == pytest.approx(verdict.score)


def test_columns_are_judged_together_as_they_are_alone() -> None:
    columns = {
        "numbers": Column(*make_days(numbers, LAST + 1, faults={LAST: lose})),
        "channels": Column(*make_days(channels, LAST + 1, faults={50: halve}), found=[50 * DAY]),
        "younger": Column({at: day for at, day in make_days(numbers, LAST + 1)[0].items() if at > 60 * DAY}),
    }
    together = judge_columns(columns, LAST * DAY)
    for name, column in columns.items():
        alone = judge_columns({name: column}, LAST * DAY)[name]
        assert together[name].standing == alone.standing
        assert together[name].score == pytest.approx(alone.score)
    assert together["younger"].standing == "not enough evidence"


def test_days_without_summary_are_no_evidence_and_do_no_harm() -> None:
    days, reference = make_days(numbers, LAST + 1)
    some = {at: day for at, day in days.items() if at // DAY not in {30, 31, 45, 69}}
    verdict = judge(some, LAST * DAY, days[LAST * DAY], reference)
    assert (verdict.standing, verdict.evidence) == ("stable", LAST - 4)


def test_rows_are_judged_once_if_one_column_is_told_to() -> None:
    days, reference = make_days(numbers, LAST + 1, faults={LAST: halve})
    assert judge_columns({"a": Column(days, reference, with_rows=False)}, LAST * DAY)["a"].standing == "stable"


def test_the_stability_index_of_no_drift_is_what_chance_makes_it() -> None:
    random = np.random.default_rng(6)
    reference = reference_of_numbers(random.normal(size=1_000))
    summaries = [summarise_numbers(random.normal(size=400), reference) for _ in range(200)]
    mean = np.mean([stability_index(summary, reference) or 0.0 for summary in summaries])
    assert mean == pytest.approx(index_by_chance(summaries[0], reference), rel=0.25)
