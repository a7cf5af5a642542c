"""What every value must be: a naive evaluation in plain Python that shares no computation with the product."""
