"""The shared inference worker, and the contract the rest of the house speaks with it."""
