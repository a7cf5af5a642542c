"""The repositories that `featurestore init` writes."""
