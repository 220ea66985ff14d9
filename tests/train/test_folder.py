"""A folder appears whole or not at all."""

from pathlib import Path

import pytest

from train.folder import FolderTaken, whole_folder


def test_a_folder_appears_when_the_block_ends(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "new" / "data", "mark") as beside:
        (beside / "mark").write_text("1")
        assert not (tmp_path / "new" / "data").exists()
    assert (tmp_path / "new" / "data" / "mark").read_text() == "1"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["data"]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "data", "mark") as beside:
        (beside / "mark").write_text("old")
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "data", "mark") as beside:
        (beside / "mark").write_text("new")
        raise KeyboardInterrupt
    assert (tmp_path / "data" / "mark").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_folder_without_the_mark_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "other").touch()
    with pytest.raises(FolderTaken), whole_folder(tmp_path / "data", "mark"):
        pass
    (tmp_path / "data" / "other").unlink()
    with whole_folder(tmp_path / "data", "mark") as beside:
        (beside / "mark").touch()
    assert (tmp_path / "data" / "mark").exists()
