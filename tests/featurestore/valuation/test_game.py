"""The game of one order tells what fitting and judging models on the rows themselves tells."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from numpy.typing import NDArray

from featurestore.valuation.block import Block, block_of, together
from featurestore.valuation.fold import Fold, fold_of
from featurestore.valuation.game import play

Array = NDArray[np.float64]
COPIES = 1e7
"""With each row so often there is neither a ridge nor a correction to speak of."""


def _rows(number: int, seed: int, labels: int = 1) -> tuple[Array, Array, Array]:
    chance = np.random.default_rng(seed)
    features = 3 + chance.standard_normal((number, 4)) @ chance.standard_normal((4, 4)) * [1, 10, 0.1, 1]
    shadows = chance.standard_normal((number, 3)) + features[:, :1]
    label = features @ chance.standard_normal((4, labels)) + 2 * chance.standard_normal((number, labels)) - 5
    return features, label, shadows


def _often(block: Block) -> Block:
    return Block(block.products * COPIES, block.with_shadows * COPIES, block.squares * COPIES, block.labels)


def _errors(before: tuple[Array, Array], after: tuple[Array, Array]) -> float:
    """The squared error a row of a model with a constant, fitted on one and judged by the other."""
    fitted = np.column_stack([np.ones(len(before[0])), before[0]])
    weights = np.linalg.lstsq(fitted, before[1], rcond=None)[0]
    rest = after[1] - np.column_stack([np.ones(len(after[0])), after[0]]) @ weights
    return float((rest**2).sum(axis=1).mean())


@pytest.fixture(params=[1, 3])
def sides(request: pytest.FixtureRequest) -> list[tuple[Array, Array, Array]]:
    return [_rows(300, 1, request.param), _rows(200, 2, request.param)]


def _fold(sides: list[tuple[Array, Array, Array]]) -> Fold:
    before, after = (block_of(*rows) for rows in sides)
    return fold_of(_often(before), after)


def test_each_step_is_what_a_column_makes_better(sides: list[tuple[Array, Array, Array]]) -> None:
    order = np.array([2, 0, 3, 1])
    (features, label, _), (later, later_label, _) = sides
    errors = [_errors((features[:, order[:size]], label), (later[:, order[:size]], later_label)) for size in range(5)]
    steps = play(_fold(sides), order).columns
    assert steps[order] == pytest.approx(-np.diff(errors), rel=1e-5)


def test_a_shadow_counts_as_it_would_in_every_place(sides: list[tuple[Array, Array, Array]]) -> None:
    order = np.array([2, 0, 3, 1])
    (features, label, shadows), (later, later_label, later_shadows) = sides
    expected = []
    for shadow in range(3):
        gained = []
        for size in range(5):
            chosen = order[:size]
            beside = (features[:, chosen], label), (later[:, chosen], later_label)
            joined = (
                (np.column_stack([features[:, chosen], shadows[:, shadow]]), label),
                (np.column_stack([later[:, chosen], later_shadows[:, shadow]]), later_label),
            )
            gained.append(_errors(*beside) - _errors(*joined))
        expected.append(np.mean(gained))
    assert play(_fold(sides), order).shadows == pytest.approx(expected, rel=1e-5)


def test_the_average_over_all_orders_is_the_shapley_value(sides: list[tuple[Array, Array, Array]]) -> None:
    (features, label, _), (later, later_label, _) = sides

    def worth(chosen: tuple[int, ...]) -> float:
        return -_errors((features[:, chosen], label), (later[:, chosen], later_label))

    expected = np.zeros(4)
    for order in permutations(range(4)):
        for place, column in enumerate(order):
            expected[column] += worth(order[: place + 1]) - worth(order[:place])
    fold = _fold(sides)
    found = sum(play(fold, np.array(order)).columns for order in permutations(range(4)))
    assert found / factorial(4) == pytest.approx(expected / factorial(4), rel=1e-5)


def test_blocks_that_are_put_together_are_one() -> None:
    features, label, shadows = _rows(90, 3)
    parts = [block_of(features[part], label[part], shadows[part]) for part in np.array_split(np.arange(90), 4)]
    whole, found = block_of(features, label, shadows), together(parts)
    assert (found.rows, found.columns) == (90, 4)
    assert found.products == pytest.approx(whole.products)
    assert found.with_shadows == pytest.approx(whole.with_shadows)
    assert found.squares == pytest.approx(whole.squares)


def test_a_column_that_never_changes_is_worth_nothing() -> None:
    sides = [(np.column_stack([features, np.full(len(features), 7.0)]), *rest) for features, *rest in
             (_rows(300, 1), _rows(200, 2))]  # fmt: skip
    steps = play(fold_of(*(block_of(*rows) for rows in sides)), np.array([4, 1, 0, 2, 3]))
    assert steps.columns[4] == pytest.approx(0, abs=1e-9)


def test_what_carries_nothing_is_worth_nothing_on_average_however_few_rows() -> None:
    total = []
    for seed in range(200):
        chance = np.random.default_rng(seed)
        noise, label = chance.standard_normal((240, 30)), chance.standard_normal((240, 1))
        blocks = [block_of(noise[part], label[part], noise[part][:, :1]) for part in (slice(160), slice(160, 240))]
        total.append(play(fold_of(*blocks), chance.permutation(30)).columns.sum())
    # Uncorrected, thirty columns of noise that are fitted on 160 rows make errors by .14 greater.
    assert -0.03 < np.mean(total) < 0.01
