"""The shelf: checkpoints appear whole, take over and leave, also when processes die or the disk is full."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from model.checkpoint import CheckpointError, Gate, seal, verify
from model.shelf import Shelf
from tests.consents import write_consent
from tests.model.sealed import fields, fill, sealed


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def put(shelf: Shelf, name: str, *, replace: bool = False, **fields: object) -> None:
    staged = shelf.staging(name)
    sealed(staged, name, **fields)
    shelf.publish(staged, name, replace=replace)


def hidden(shelf: Shelf) -> list[str]:
    return sorted(path.name for path in shelf.folder.glob(".*") if path.name != ".lock")


def in_another_process(home: Path, code: str) -> subprocess.Popen[str]:
    lead = f"from pathlib import Path\nfrom model.shelf import Shelf\nshelf = Shelf(Path({str(home)!r}))\n"
    return subprocess.Popen(
        [sys.executable, "-c", lead + code], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )


def test_a_new_home_is_an_empty_shelf(shelf: Shelf) -> None:
    assert (shelf.list(), shelf.current(), shelf.history()) == ([], None, [])


def test_what_was_published_is_listed_found_and_whole(shelf: Shelf) -> None:
    put(shelf, "tetsu")
    put(shelf, "alpha")
    assert [checkpoint.name for checkpoint in shelf.list()] == ["alpha", "tetsu"]
    verify(shelf.get("tetsu"))
    assert hidden(shelf) == []


def test_an_unknown_name_is_answered_with_the_known_ones(shelf: Shelf) -> None:
    put(shelf, "tetsu")
    with pytest.raises(CheckpointError, match="no checkpoint 'tetu'; on the shelf: tetsu"):
        shelf.get("tetu")


@pytest.mark.parametrize("name", ["../tetsu", "/tetsu", ".lock", "", "current"])
def test_no_name_leads_off_the_shelf(shelf: Shelf, name: str) -> None:
    for act in (shelf.get, shelf.staging, shelf.remove, lambda name: shelf.use(name, who="t")):
        with pytest.raises(CheckpointError, match="cannot name a checkpoint"):
            act(name)


def test_a_staged_folder_is_invisible(shelf: Shelf) -> None:
    sealed(shelf.staging("tetsu"))
    assert shelf.list() == []


def test_a_faulty_folder_is_not_published(shelf: Shelf) -> None:
    staged = shelf.staging("tetsu")
    sealed(staged)
    (staged / "persona.toml").write_text("changed")
    with pytest.raises(CheckpointError, match="was changed"):
        shelf.publish(staged, "tetsu")
    assert shelf.list() == []


def test_a_checkpoint_is_published_under_its_own_name_only(shelf: Shelf) -> None:
    staged = shelf.staging("tetsu")
    sealed(staged)
    with pytest.raises(CheckpointError, match="calls itself tetsu"):
        shelf.publish(staged, "other")


def test_an_existing_name_is_refused_and_stays_as_it_was(shelf: Shelf) -> None:
    put(shelf, "tetsu", seed=1)
    with pytest.raises(CheckpointError, match="exists already"):
        put(shelf, "tetsu", seed=2)
    assert shelf.get("tetsu").manifest.seed == 1


def test_an_existing_name_can_be_replaced_on_request(shelf: Shelf) -> None:
    put(shelf, "tetsu", seed=1)
    put(shelf, "tetsu", seed=2, replace=True)
    assert shelf.get("tetsu").manifest.seed == 2
    assert hidden(shelf) == []


def test_a_reader_sees_the_old_or_the_new_one_whole_while_it_is_replaced(shelf: Shelf) -> None:
    put(shelf, "tetsu", seed=0)

    def replace() -> None:
        other = Shelf(shelf.folder.parent)
        for seed in range(1, 13):
            put(other, "tetsu", seed=seed, replace=True)

    seen = []
    with ThreadPoolExecutor() as pool:
        writer = pool.submit(replace)
        while not writer.done():
            seen.append(shelf.get("tetsu").manifest.seed)
        writer.result()
    assert seen == sorted(seen)


def test_a_crash_between_the_two_renames_is_mended_by_the_next_visitor(shelf: Shelf) -> None:
    put(shelf, "tetsu", seed=1)
    (shelf.folder / "tetsu").rename(shelf.folder / ".tetsu.replaced")
    assert shelf.get("tetsu").manifest.seed == 1
    assert hidden(shelf) == []


def test_a_crash_after_the_second_rename_leaves_the_new_one(shelf: Shelf) -> None:
    put(shelf, "tetsu", seed=2)
    sealed(shelf.folder / ".tetsu.replaced", "tetsu", seed=1)
    assert shelf.get("tetsu").manifest.seed == 2
    assert hidden(shelf) == []


def test_leftovers_of_the_dead_are_swept_and_those_of_the_living_are_not(shelf: Shelf) -> None:
    mine = shelf.staging("mine")
    wait = "print(shelf.staging('theirs'), flush=True)\ninput()"
    with in_another_process(shelf.folder.parent, wait) as living:
        assert living.stdout is not None
        theirs = Path(living.stdout.readline().strip())
        shelf.staging("other")
        assert (mine.is_dir(), theirs.is_dir()) == (True, True)
        living.kill()
    shelf.staging("another")
    assert (mine.is_dir(), theirs.is_dir()) == (True, False)


def test_a_discarded_folder_is_gone(shelf: Shelf) -> None:
    staged = shelf.staging("tetsu")
    shelf.discard(staged)
    assert hidden(shelf) == []


def test_use_names_the_previous_and_is_written_down(shelf: Shelf) -> None:
    put(shelf, "a")
    put(shelf, "b")
    assert shelf.use("a", who="cli") is None
    assert shelf.use("b", who="discord:1") == "a"
    assert shelf.current() == "b"
    assert [(change.who, change.from_, change.to, change.forced) for change in shelf.history()] == [
        ("cli", None, "a", False),
        ("discord:1", "a", "b", False),
    ]
    lines = (shelf.folder / "history.jsonl").read_text().splitlines()
    assert set(json.loads(lines[0])) == {"at", "who", "from", "to", "forced"}
    assert (shelf.folder / "current").read_text().strip() == "b"


def test_a_failed_gate_is_refused_unless_forced_and_force_is_written_down(shelf: Shelf) -> None:
    put(shelf, "a", gate=Gate.FAILED, gate_failed=("M1",), gate_reasons=("M1 (recited: 0.4, at most 0.05)",))
    with pytest.raises(CheckpointError, match=r"failed its gate on M1 \(recited: 0.4, at most 0.05\): read its"):
        shelf.use("a", who="cli")
    assert shelf.current() is None
    shelf.use("a", who="cli", force=True)
    assert shelf.history()[-1].forced


def test_force_is_not_written_down_where_it_was_not_needed(shelf: Shelf) -> None:
    put(shelf, "a", gate=Gate.FORCED)
    shelf.use("a", who="cli", force=True)
    assert not shelf.history()[-1].forced


def test_rollback_goes_back_and_a_second_one_undoes_it(shelf: Shelf) -> None:
    for name in ("a", "b", "c"):
        put(shelf, name)
        shelf.use(name, who="cli")
    assert shelf.rollback(who="cli") == ("b", "c")
    assert shelf.rollback(who="cli") == ("c", "b")
    assert shelf.current() == "c"


def test_rollback_passes_over_what_was_removed(shelf: Shelf) -> None:
    for name in ("a", "b", "c"):
        put(shelf, name)
        shelf.use(name, who="cli")
    shelf.remove("b")
    assert shelf.rollback(who="cli") == ("a", "c")


def test_without_an_earlier_checkpoint_rollback_says_so(shelf: Shelf) -> None:
    put(shelf, "a")
    for act in (lambda: None, lambda: shelf.use("a", who="cli")):
        act()
        with pytest.raises(CheckpointError, match="no earlier checkpoint"):
            shelf.rollback(who="cli")


def test_the_current_checkpoint_cannot_be_removed(shelf: Shelf) -> None:
    put(shelf, "a")
    shelf.use("a", who="cli")
    with pytest.raises(CheckpointError, match="answering now"):
        shelf.remove("a")
    put(shelf, "b")
    shelf.use("b", who="cli")
    shelf.remove("a")
    assert [checkpoint.name for checkpoint in shelf.list()] == ["b"]
    assert hidden(shelf) == []


def test_a_broken_checkpoint_is_left_out_of_the_list_but_can_be_removed(shelf: Shelf) -> None:
    put(shelf, "a")
    put(shelf, "b")
    (shelf.folder / "b" / "manifest.json").write_text("{")
    assert [checkpoint.name for checkpoint in shelf.list()] == ["a"]
    shelf.remove("b")
    assert not (shelf.folder / "b").exists()


def test_changes_of_two_processes_are_all_written_down(shelf: Shelf) -> None:
    for name in ("a", "b"):
        put(shelf, name)
    code = "for i in range(10): shelf.use('ab'[i % 2], who='{}')"
    processes = [in_another_process(shelf.folder.parent, code.format(who)) for who in ("one", "two")]
    assert [process.wait(60) for process in processes] == [0, 0]
    for process in processes:
        process.communicate()
    changes = shelf.history()
    assert len(changes) == 20
    assert all(later.from_ == earlier.to for earlier, later in pairwise(changes))
    assert shelf.current() == changes[-1].to


def test_a_full_disk_while_changing_leaves_the_old_choice(shelf: Shelf) -> None:
    put(shelf, "a")
    put(shelf, "b")
    shelf.use("a", who="cli")
    (shelf.folder / ".current.partial").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match="No space left on device"):
        shelf.use("b", who="cli")
    assert shelf.current() == "a"


def test_an_export_comes_back_bit_for_bit_on_another_shelf(shelf: Shelf, tmp_path: Path) -> None:
    put(shelf, "tetsu", seed=5)
    archive = shelf.export("tetsu", tmp_path / "tetsu.zip")
    other = Shelf(tmp_path / "other")
    imported = other.import_(archive)
    verify(imported)
    assert imported.manifest == shelf.get("tetsu").manifest
    assert hidden(other) == []
    with pytest.raises(CheckpointError, match="exists already"):
        other.import_(archive)
    assert hidden(other) == []


def test_a_damaged_checkpoint_is_not_exported(shelf: Shelf, tmp_path: Path) -> None:
    put(shelf, "tetsu")
    (shelf.folder / "tetsu" / "persona.toml").write_text("")
    with pytest.raises(CheckpointError, match="was changed"):
        shelf.export("tetsu", tmp_path / "tetsu.zip")
    assert list(tmp_path.glob("*.zip*")) == []


def test_an_export_to_a_full_disk_leaves_nothing(shelf: Shelf, tmp_path: Path) -> None:
    put(shelf, "tetsu")
    (tmp_path / ".tetsu.zip.partial").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match="No space left on device"):
        shelf.export("tetsu", tmp_path / "tetsu.zip")
    assert [path.name for path in tmp_path.iterdir() if path.name != "checkpoints"] == []


def rezipped(source: Path, target: Path, *, rename: dict[str, str], extra: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            new.writestr(rename.get(info.filename, info.filename), old.read(info))
        for name, content in extra.items():
            new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    ("rename", "extra", "message"),
    [
        ({}, {"tetsu/../../evil": b"x"}, "leads outside"),
        ({}, {"/evil": b"x"}, "leads outside"),
        ({}, {"evil": b"x"}, "leads outside"),
        ({}, {"tetsu/..\\evil": b"x"}, "leads outside"),
        ({}, {"tetsu/pytorch_model.bin": b"x"}, "pickle"),
        ({}, {"tetsu/more.json": b"{}"}, "not in the manifest"),
        ({"tetsu/persona.toml": "tetsu/other.toml"}, {}, "not in the manifest"),
        ({"tetsu/manifest.json": "tetsu/x.json"}, {}, r"no manifest\.json"),
    ],
)
def test_an_archive_that_is_not_what_export_wrote_is_refused_and_leaves_nothing(
    shelf: Shelf, tmp_path: Path, rename: dict[str, str], extra: dict[str, bytes], message: str
) -> None:
    put(shelf, "tetsu")
    whole = shelf.export("tetsu", tmp_path / "tetsu.zip")
    bad = rezipped(whole, tmp_path / "bad.zip", rename=rename, extra=extra)
    other = Shelf(tmp_path / "other")
    with pytest.raises(CheckpointError, match=message):
        other.import_(bad)
    assert (other.list(), hidden(other)) == ([], [])
    assert not (tmp_path / "evil").exists()


def test_no_archive_and_half_an_archive_are_named(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="does not exist"):
        shelf.import_(tmp_path / "none.zip")
    put(shelf, "tetsu")
    whole = shelf.export("tetsu", tmp_path / "tetsu.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CheckpointError, match="no whole zip file"):
        shelf.import_(tmp_path / "half.zip")
    flipped = bytearray(whole)
    flipped[60] ^= 0xFF
    (tmp_path / "flipped.zip").write_bytes(flipped)
    with pytest.raises(CheckpointError):
        Shelf(tmp_path / "other").import_(tmp_path / "flipped.zip")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB. Needs the right to mount."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the right to mount a small file system")
def test_an_import_onto_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, small_disk: Path) -> None:
    source = Shelf(tmp_path)
    staged = source.staging("tetsu")
    fill(staged)
    (staged / "report" / "report.html").write_bytes(os.urandom(100_000))
    seal(staged, **fields("tetsu"))
    source.publish(staged, "tetsu")
    archive = source.export("tetsu", tmp_path / "tetsu.zip")
    shelf = Shelf(small_disk)
    with pytest.raises(CheckpointError, match="No space left on device"):
        shelf.import_(archive)
    assert (shelf.list(), hidden(shelf)) == ([], [])


def test_a_crash_between_the_two_files_of_a_change_is_finished_by_the_next_visitor(shelf: Shelf) -> None:
    for name in ("a", "b"):
        put(shelf, name)
        shelf.use(name, who="cli")
    (shelf.folder / "current").rename(shelf.folder / ".current.partial")
    (shelf.folder / "current").write_text("a\n", encoding="utf-8")
    assert shelf.current() == "b" == shelf.history()[-1].to
    assert hidden(shelf) == []


def test_a_crash_before_a_change_was_written_down_leaves_the_old_choice(shelf: Shelf) -> None:
    for name in ("a", "b"):
        put(shelf, name)
    shelf.use("a", who="cli")
    (shelf.folder / ".current.partial").write_text("b\n", encoding="utf-8")
    assert shelf.current() == "a" == shelf.history()[-1].to
    assert hidden(shelf) == []


def test_a_checkpoint_whose_consent_has_ended_or_is_missing_is_not_used_even_by_force(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for name, consent in (("ended", True), ("missing", False)):
        staged = fill(shelf.staging(name))
        if consent:
            write_consent(staged, until="2024-12-31")
        else:
            (staged / "consent.toml").unlink()
        seal(staged, **fields(name))
        shelf.publish(staged, name)
    with pytest.raises(CheckpointError, match=r"ended may not answer: .*\(field until\)"):
        shelf.use("ended", who="cli", force=True)
    with pytest.raises(CheckpointError, match=r"missing may not answer: .*consent\.toml does not exist"):
        shelf.use("missing", who="cli", force=True)
    assert shelf.current() is None
