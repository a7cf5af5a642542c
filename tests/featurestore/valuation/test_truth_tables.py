"""Features are worth what they are: held against populations whose Shapley values are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from definitions.errors import RequestError
from featurestore.valuation.block import block_of
from featurestore.valuation.estimate import Estimate, estimate_values
from featurestore.valuation.same_information import group_features
from featurestore.valuation.team_credit import credit_teams
from tests.featurestore.valuation.population import NOISE, WIDE, Population, of_entities, related, rows_of, walking


def _estimate(population: Population, number: int, seed: int, entities: int = 200) -> Estimate:
    blocks, features = population.summarise(seed, rows_of(number, entities))
    return estimate_values(blocks, features, [[place] for place in range(len(features))], seed)


def _spearman(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """With the same rank for what is worth the same, as all that carries nothing is."""
    return float(spearmanr(first, second).statistic)


@pytest.mark.parametrize(("number", "least"), [(2_000, 0.8), (20_000, 0.9)])
def test_features_are_ranked_by_what_they_are_worth(number: int, least: float) -> None:
    found = [_estimate(WIDE, number, seed) for seed in range(2)]
    assert np.mean([_spearman(each.values, WIDE.truth) for each in found]) > least
    assert not any(each.useful[-NOISE:].any() for each in found)
    assert np.mean([(each.lower <= WIDE.truth).mean() for each in found]) > 0.9
    assert [each.whole for each in found] == pytest.approx([WIDE.truth.sum()] * 2, abs=0.08)


@pytest.mark.parametrize(("entities", "draws", "most"), [(16, 6, 2), (200, 3, 0)])
def test_noise_that_entities_carry_is_hardly_ever_called_useful(entities: int, draws: int, most: int) -> None:
    noise = (*(of_entities() for _ in range(4)), *(walking() for _ in range(4)))
    found = [
        _estimate(Population((related([[1.0]], [0.5]), *noise), of_entity=0.3), 2_000, seed, entities)
        for seed in range(draws)
    ]
    assert all(each.useful[0] for each in found)
    assert sum(int(each.useful[1:].sum()) for each in found) <= most


def test_a_model_that_predicts_nothing_has_no_shares() -> None:
    nothing = Population(tuple(related([[1.0]], [0.0]) for _ in range(5)))
    found = _estimate(nothing, 2_000, 1)
    assert not found.counts
    assert not found.useful.any()


def test_of_a_label_that_never_changes_there_are_no_shares() -> None:
    features, label = np.random.default_rng(1).standard_normal((600, 2)), np.ones((600, 1))
    blocks = [block_of(features[part], label[part], features[part]) for part in np.array_split(np.arange(600), 6)]
    with pytest.raises(RequestError, match="a label that never changes"):
        estimate_values(blocks, [[0], [1]], [[0], [1]], 1)


def _owned(
    teams: list[str], copies: dict[int, float], active: list[int] | None = None, splits: int = 0
) -> dict[str, float]:
    """The credit of teams, of four features of which the first carries most: `copies` are those of which a copy with so
    much noise is the last feature of the last team; the first is split into noisy parts, of which it is the sum."""
    chance = np.random.default_rng(5)
    columns = chance.standard_normal((6_000, 4))
    label = columns @ [0.6, 0.4, 0.3, 0.0] + chance.standard_normal(6_000)
    more = [columns[:, of] + noise * chance.standard_normal(6_000) for of, noise in copies.items()]
    parts = chance.standard_normal((6_000, splits))
    if splits:
        parts[:, -1] = columns[:, 0] - parts[:, :-1].sum(axis=1)
    together = np.column_stack([columns[:, 1:] if splits else columns, *more, parts])
    shadows = chance.permutation(columns)[:, :2]
    blocks = [
        block_of(together[part], label[part, None], shadows[part]) for part in np.array_split(np.arange(6_000), 20)
    ]
    features = [[place] for place in range(together.shape[1])]
    groups = group_features(blocks[0], features, active or list(range(len(features))))
    return dict(credit_teams(blocks, features, teams, groups, 1))


ALONE = ["ann", "bob", "cid", "cid"]


@pytest.mark.parametrize("noise", [0.0, 0.2, 1.0])
def test_copies_of_ones_own_add_nothing_to_a_team(noise: float) -> None:
    plain = _owned(ALONE, {})
    copied = _owned([*ALONE, "ann"], {0: noise})
    assert all(copied[team] == pytest.approx(plain[team], abs=0.05 * plain["ann"]) for team in plain)


def test_a_copy_earns_nothing_where_another_team_was_first() -> None:
    plain = _owned(ALONE, {})
    copied = _owned([*ALONE, "cid"], {0: 0.2})
    assert copied == pytest.approx(plain, abs=0.02)
    assert _owned([*ALONE, "cid"], {0: 0.2}, active=[9, 1, 2, 3, 0])["ann"] < 0.1 * plain["ann"]


def test_many_noisy_copies_do_not_lift_a_team() -> None:
    plain = _owned(["ann", "bob", "bob", "bob"], {})
    lifted = _owned(["ann", "bob", "bob", "bob", *["bob"] * 3], {1: 0.3, 2: 0.3, 3: 0.3})
    assert lifted == pytest.approx(plain, abs=0.02)


def test_a_feature_that_is_split_earns_what_it_did() -> None:
    plain = _owned(ALONE, {})
    split = _owned(["bob", "cid", "cid", *["ann"] * 10], {}, splits=10)
    assert split == pytest.approx(plain, abs=0.05 * plain["ann"])


def test_what_carries_the_same_is_a_group_whose_first_is_the_first_active() -> None:
    chance = np.random.default_rng(6)
    base = chance.standard_normal(3_000)
    columns = np.column_stack(
        [base, chance.standard_normal(3_000), -2 * base + 1, base + chance.standard_normal(3_000)]
    )
    block = block_of(columns, base[:, None], base[:, None])
    assert group_features(block, [[0], [1], [2], [3]], [5, 1, 2, 3]) == [[1], [2, 0], [3]]
