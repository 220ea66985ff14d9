"""The wizard: writes .env step by step, each token tried at its platform before it is written."""
