"""What is kept of the rows that a model was trained on, by blocks of time: sums of products, never rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """Sums over the rows of a block of time: `products`, (1 + p + k)^2, of a one, p columns of features and k columns
    of the label with each other; `with_shadows`, (1 + p + k, s), of these with the columns of s shadows; `squares`,
    (s,), of the shadows. They are not centred, so that blocks are put together by adding them up."""

    products: Array
    with_shadows: Array
    squares: Array
    labels: int

    @property
    def rows(self) -> float:
        """How many rows there were."""
        return float(self.products[0, 0])

    @property
    def without_shadows(self) -> Block:
        """The same where nobody asks what shadows are worth."""
        return replace(self, with_shadows=self.with_shadows[:, :0], squares=self.squares[:0])

    @property
    def columns(self) -> int:
        """How many columns of features."""
        return len(self.products) - 1 - self.labels


def block_of(features: Array, labels: Array, shadows: Array) -> Block:
    """The sums over rows, given as arrays (rows, p), (rows, k) and (rows, s) without missing values."""
    columns = np.column_stack([np.ones(len(features)), features, labels])
    return Block(columns.T @ columns, columns.T @ shadows, (shadows * shadows).sum(axis=0), labels.shape[1])


def together(blocks: Iterable[Block]) -> Block:
    """Several blocks as one."""
    first, *others = blocks
    products, with_shadows, squares = first.products.copy(), first.with_shadows.copy(), first.squares.copy()
    for each in others:
        products += each.products
        with_shadows += each.with_shadows
        squares += each.squares
    return Block(products, with_shadows, squares, first.labels)
