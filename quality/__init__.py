"""Evidence for features: which statistics to compute, what data are expected to be, what is stable, the verdict."""
