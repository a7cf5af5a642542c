"""What an engine is asked to do beside frames, written once for all: queries in its dialect, and what they answer."""
