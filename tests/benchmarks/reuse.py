"""How sure and how complete the search for rebuilds is: `make bench-reuse`.

Truth is what both sides yield over hard rows (`tests/reuse/computed.py`), for the pairs written by hand and for random
ones; arguments are how many random ones, and their seed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.reuse.judged import judge
from tests.reuse.pairs import find_reuse, read_pairs
from tests.reuse.same_data_company import write_same_data_company

_PAIRS: Final = 2400
_SEED: Final = 20240301


def main() -> None:
    """Print precision and recall, each pair that was missed and each claim that was false."""
    pairs, seed = (int(argument) for argument in (*sys.argv[1:], _PAIRS, _SEED)[:2])
    rebuilds = [(pair, find_reuse(pair.repository)) for pair in read_pairs("rebuilds.yaml")]
    near_misses = [(pair, find_reuse(pair.repository)) for pair in read_pairs("near_misses.yaml")]
    found = sum(derivation is not None and derivation.exists == (pair.is_ == "exists") for pair, derivation in rebuilds)
    taken = sum(derivation is not None for _, derivation in near_misses)
    print(
        f"by hand: {found} of {len(rebuilds)} rebuilds found, {taken} of {len(near_misses)} near misses taken for one"
    )
    judgement = judge(pairs, seed)
    for making, number in sorted(judgement.pairs.items()):
        print(f"  {making.replace('_', ' '):<20} {judgement.found[making]:>5} of {number:>5} said to be there")
    for told in (*judgement.false, *judgement.missed):
        print(f"  {told}")
    claims, asked = (
        found + judgement.claims,
        len(rebuilds) + sum(judgement.pairs.values()) - judgement.pairs["a mistake"],
    )
    right = claims - len(judgement.false)
    there = found + sum(number for making, number in judgement.found.items() if making != "a mistake")
    print(f"seed {seed}")
    print(f"reuse_precision  {right / (claims + taken):.4f}  (goal 1.0; {right} of {claims + taken} claims)")
    print(f"reuse_recall     {there / asked:.4f}  (goal 0.9; {there} of {asked} rebuilds)")
    _same_data()


def _same_data() -> None:
    """Forty columns that carry what is there, forty that only look so, by their values."""
    with TemporaryDirectory() as folder:
        store = write_same_data_company(Path(folder) / "company")
        found = store.plan(sample=True).same_data or ()
        views = store.validate().repository.feature_views
    columns = {name: sum(len(each.windows) for each in view.features) for name, view in views.items()}
    claimed = {each.column for each in found}
    right = [column for column in claimed if column.startswith("same")]
    there = columns["same"] + columns["same_by_hour"]
    others = sum(number for name, number in columns.items() if name.startswith("other"))
    print(f"same data: {there} columns that carry it, {others} that only look so")
    for column in sorted(claimed.difference(right)):
        print(f"  {column} was taken for one")
    precision = len(right) / max(1, len(claimed))
    print(f"samedata_precision  {precision:.4f}  (goal 1.0; {len(right)} of {len(claimed)} claims)")
    print(f"samedata_recall     {len(right) / there:.4f}  (goal 0.9; {len(right)} of {there})")


if __name__ == "__main__":
    main()
