"""The one error of loading. Knows nothing else."""


class LoaderError(RuntimeError):
    """A model, tokenizer or adapter cannot be loaded; the message says which and what to do."""


def first_line(error: Exception) -> str:
    """Return the first line of a library's message, which tend to be long, with one full stop."""
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line.strip().rstrip(".:") + "."
