"""Reads what people export from other services, one module for each family of formats."""
