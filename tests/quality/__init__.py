"""Evidence for the evidence: sources made up from a seed, and what is broken in them."""
