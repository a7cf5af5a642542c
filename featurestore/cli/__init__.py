"""The `featurestore` command: a thin layer over `FeatureStore`; nothing is decided here."""
