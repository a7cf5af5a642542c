"""Checks: what rows and values are like, whether they are as expected, and what is held back if they are not."""
