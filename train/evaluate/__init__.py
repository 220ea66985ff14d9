"""The report card: what a checkpoint says, measured next to its base. Metric ids are those of docs/training.md."""
