"""Lets large libraries be imported in two thirds of the time. Knows the interpreter and one switch of torch.

Half of the first answer's time is spent here. bitsandbytes asks for a compiler it never uses on the way to an answer,
which brings in the whole of torch's inductor; the collector looks through a million new objects again and again.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import inside; what was imported is never looked through by the collector again, between two steps least of all.

    torch.compile compiles nothing in this process from then on, unless TORCHDYNAMO_DISABLE says otherwise.
    """
    os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
