"""How fast the store is against its peers, as ratios in one run on one machine; see docs/benchmarks.md."""
