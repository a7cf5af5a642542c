"""What must hold for any definitions, rows and questions: the product against the oracle and against itself."""
