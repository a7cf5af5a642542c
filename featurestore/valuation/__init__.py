"""What features are worth to the models that use them."""
