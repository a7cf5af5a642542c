"""What to expect of a source, proposed from its history: a file for each kind of expectation."""
