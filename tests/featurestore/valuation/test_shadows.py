"""Shadows are as constant and as smooth inside an entity as what they are made of, and tell nothing."""

from __future__ import annotations

import numpy as np

from featurestore.valuation.shadows import SHADOWS, make_shadows


def test_what_is_constant_in_an_entity_stays_so() -> None:
    entities = np.repeat(np.arange(40), 25)
    values = np.random.default_rng(1).standard_normal(40)[entities]
    shadows = make_shadows(values[:, None], entities, np.arange(1000), 7)
    assert shadows.shape == (1000, SHADOWS)
    for entity in range(40):
        assert np.ptp(shadows[entities == entity], axis=0).max() == 0
    same = (shadows[::25] == values[::25, None]).mean()
    assert same < 0.1


def test_rows_of_an_entity_keep_their_order_of_time() -> None:
    chance = np.random.default_rng(2)
    entities, instants = chance.integers(30, size=3_000), chance.permutation(3_000)
    walk = np.empty(3_000)
    for entity in range(30):
        mine = np.flatnonzero(entities == entity)
        walk[mine[np.argsort(instants[mine])]] = np.cumsum(chance.standard_normal(len(mine)))
    shadows = make_shadows(walk[:, None], entities, instants, 7)
    mine = np.flatnonzero(entities == 3)
    steps = np.diff(shadows[mine[np.argsort(instants[mine])]], axis=0)
    assert np.median(np.abs(steps)) < 1.5


def test_few_entities_are_moved_in_time_and_none_stays_where_it_was() -> None:
    entities = np.repeat(np.arange(4), 200)
    values = np.arange(800.0)
    shadows = make_shadows(values[:, None], entities, np.arange(800), 7)
    assert all(set(shadows[entities == entity, 0]) == set(values[entities == entity]) for entity in range(4))
    assert not (shadows == values[:, None]).any()


def test_the_same_seed_gives_the_same_shadows() -> None:
    columns, entities = np.random.default_rng(3).standard_normal((500, 3)), np.arange(500) % 50
    first, second = (make_shadows(columns, entities, np.arange(500), 9) for _ in range(2))
    assert np.array_equal(first, second)
