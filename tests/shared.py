"""Where the material outside the repository lies, and the mark for tests that need it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason=f"needs the specifications and corpora in {SHARED}, which are not part of the repository",
)
