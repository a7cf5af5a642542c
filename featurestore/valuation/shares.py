"""What columns are worth: their average over orders of what they make better, out of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from definitions.errors import RequestError
from featurestore.valuation.block import Block, together
from featurestore.valuation.fold import Fold, fold_of
from featurestore.valuation.game import play

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from featurestore.valuation.block import Array

CHAPTERS: Final = 5
"""Time is cut into so many parts; each but the first is predicted from all before it."""


@dataclass(frozen=True)
class Shares:
    """Shares of the label's variance that are predicted out of time: of sums of columns (f,), of shadows (s,), and of
    all columns together. `chance` (f,) are the standard deviations that the sampling of orders leaves."""

    parts: Array
    shadows: Array
    whole: float
    chance: Array


def forward_folds(blocks: Sequence[Block], without: int | None = None) -> Iterator[Fold]:
    """Each chapter held against all before it, of blocks in their order of time; one block may be left out."""
    left = [place for place in range(len(blocks)) if place != without]
    cuts = [round(len(blocks) * chapter / CHAPTERS) for chapter in range(1, CHAPTERS + 1)]
    for start, end in pairwise(cuts):
        before = [blocks[place] for place in left if place < start]
        after = [blocks[place] for place in left if start <= place < end]
        if before and after:
            yield fold_of(together(before), together(after))


def shares_of(folds: Sequence[Fold], sums: Array, pairs: Iterable[tuple[NDArray[np.intp], NDArray[np.intp]]]) -> Shares:
    """The shares over pairs of orders; `sums` (f, p) says which columns count together.

    Raises:
        RequestError: the label never changes in what is predicted.
    """
    parts, shadows = [], []
    for pair in pairs:
        steps = [(fold.judged_rows / len(pair), play(fold, order)) for fold in folds for order in pair]
        parts.append(sums @ np.sum([rows * step.columns for rows, step in steps], axis=0))
        shadows.append(np.sum([rows * step.shadows for rows, step in steps], axis=0))
    # The mean of the label before is its best guess without features; it errs as any model with one parameter does.
    guessed = sum(
        fold.judged_rows * float(fold.judged.labels_squares.sum()) / (1 + 1 / fold.fitted_rows) for fold in folds
    )
    if not guessed > 0:
        raise RequestError("there are no shares of a label that never changes after the first fifth of the time")
    found = np.array(parts) / guessed
    spread = found.std(axis=0, ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.zeros(found.shape[1])
    return Shares(found.mean(axis=0), np.mean(shadows, axis=0) / guessed, float(found.mean(axis=0).sum()), spread)
