import shutil
import subprocess
from pathlib import Path

import pytest

from train.pretrain.corpus import SOURCES
from train.pretrain.unpacking import CorporaError, unpacked

needs_zstd = pytest.mark.skipif(shutil.which("zstd") is None, reason="packing needs the command zstd")


@pytest.fixture
def archive(corpora: Path, tmp_path: Path) -> Path:
    path = tmp_path / "given" / "corpora.tar.zst"
    path.parent.mkdir()
    names = [source.file for source in SOURCES]
    subprocess.run(["tar", "--zstd", "-cf", str(path), "-C", str(corpora), *names], check=True)
    return path


def test_a_folder_with_every_file_is_read_where_it_lies(corpora: Path, tmp_path: Path) -> None:
    assert unpacked(corpora, tmp_path) == corpora
    assert list(tmp_path.iterdir()) == []


@needs_zstd
def test_an_archive_or_a_folder_with_one_is_unpacked_once(archive: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    folder = unpacked(archive, work)
    assert {path.name for path in folder.iterdir()} == {source.file for source in SOURCES}
    (folder / "mark").touch()
    assert unpacked(archive.parent, work) == folder
    assert (folder / "mark").exists()


@needs_zstd
def test_an_archive_that_lacks_a_file_leaves_nothing_behind(corpora: Path, tmp_path: Path) -> None:
    subprocess.run(
        ["tar", "--zstd", "-cf", str(tmp_path / "half.tar.zst"), "-C", str(corpora), SOURCES[0].file], check=True
    )
    with pytest.raises(CorporaError, match=rf"half\.tar\.zst lacks {SOURCES[1].file}"):
        unpacked(tmp_path / "half.tar.zst", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["half.tar.zst"]


def test_what_is_no_archive_is_named_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "corpora.txt").write_text("text")
    with pytest.raises(CorporaError, match=r"corpora\.txt cannot be unpacked: "):
        unpacked(tmp_path / "corpora.txt", tmp_path / "work")


def test_a_folder_without_the_files_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(CorporaError, match=f"lacks {SOURCES[0].file}, "):
        unpacked(tmp_path, tmp_path / "work")
