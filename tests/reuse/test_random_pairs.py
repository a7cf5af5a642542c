"""What the search says of random features holds for their values, and it says it of nearly all that hold."""

from __future__ import annotations

import os

from tests.reuse.judged import judge

PAIRS = int(os.environ.get("FEATURESTORE_PAIRS", "240"))
SEED = int(os.environ.get("FEATURESTORE_SEED", "7"))


def test_no_claim_about_random_features_is_refuted_by_their_values_and_few_rebuilds_are_missed() -> None:
    judgement = judge(PAIRS, SEED)
    assert judgement.claims > PAIRS / 2
    assert not judgement.false, f"seed {SEED}: {judgement.false[:3]}"
    assert judgement.recall() >= 0.9, f"seed {SEED}: {judgement.missed[:3]}"
    for making in judgement.pairs.keys() - {"a mistake"}:
        assert judgement.found[making], f"no {making} was found; seed {SEED}"
