"""A file is there whole or as it was before, and nothing is left beside it."""

from pathlib import Path

import pytest

from model.files import whole, write_beside


def test_what_fails_halfway_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "current"
    write_beside(path, "前\n")
    with pytest.raises(ZeroDivisionError), whole(path) as beside:
        beside.write_text("半", encoding="utf-8")
        raise ZeroDivisionError
    assert [each.name for each in tmp_path.iterdir()] == ["current"]
    assert path.read_text(encoding="utf-8") == "前\n"


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "current"
    write_beside(path, "前\n")
    (tmp_path / ".current.partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_beside(path, "後\n")
    assert path.read_text(encoding="utf-8") == "前\n"
