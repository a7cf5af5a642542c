"""Journeys through the product on small repositories: what people, crashes and bad data do to it."""
