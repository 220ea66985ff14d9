"""The small tests that hold the house together: imports, sizes, documents, settings, nothing private."""
