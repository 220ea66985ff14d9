"""Sealing, reading and verifying one checkpoint folder: what is damaged is named, what could run code is refused."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from model.checkpoint import CheckpointError, Gate, Kind, check_name, check_safetensors, read, seal, verify
from tests.model.sealed import fields, fill, safetensors_bytes, sealed


def test_what_was_sealed_is_read_back_and_verifies(tmp_path: Path) -> None:
    checkpoint = sealed(
        tmp_path, metrics={"G1": {"value": 0.5}}, gate=Gate.FAILED, gate_failed=("G1",), adapter_scale=0.7
    )
    verify(checkpoint)
    manifest = checkpoint.manifest
    assert (checkpoint.name, manifest.kind, manifest.gate_failed) == ("tetsu", Kind.ADAPTER, ("G1",))
    assert manifest.adapter_scale == 0.7
    assert set(manifest.files) == {
        "adapter_model.safetensors",
        "adapter_config.json",
        "persona.toml",
        "consent.toml",
        "report/report.json",
    }
    assert manifest.created_at.tzinfo is not None
    assert checkpoint.persona().name == "てつ先輩"


def test_sealing_again_takes_the_files_as_they_are_now(tmp_path: Path) -> None:
    sealed(tmp_path)
    (tmp_path / "report" / "report.html").write_text("<p>")
    seal(tmp_path, **fields("tetsu"))
    verify(read(tmp_path))


def test_a_folder_without_manifest_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"manifest\.json is missing"):
        read(tmp_path)
    with pytest.raises(CheckpointError, match=r"manifest\.json is missing"):
        read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("{", "Invalid JSON"),
        ("[]", "the document"),
        ('{"name": "../x"}', "name"),
        ('{"name": "tetsu"}', "kind"),
    ],
)
def test_a_broken_manifest_names_the_field(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(CheckpointError, match=named):
        read(tmp_path)


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b", "", "manifest.json", "a\\..\\b"])
def test_a_manifest_cannot_name_files_outside_its_folder(tmp_path: Path, path: str) -> None:
    checkpoint = sealed(tmp_path)
    document = json.loads((tmp_path / "manifest.json").read_text())
    document["files"][path] = "0"
    (tmp_path / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(CheckpointError, match="not a file inside"):
        read(checkpoint.path)


def test_a_changed_file_is_named(tmp_path: Path) -> None:
    checkpoint = sealed(tmp_path)
    (tmp_path / "persona.toml").write_text('name = "別人"\n', encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"persona\.toml was changed"):
        verify(checkpoint)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    checkpoint = sealed(tmp_path)
    (tmp_path / "adapter_config.json").unlink()
    with pytest.raises(CheckpointError, match=r"adapter_config\.json is missing"):
        verify(checkpoint)


@settings(max_examples=30, deadline=None)
@given(keep=st.integers(min_value=0, max_value=len(safetensors_bytes()) - 1))
def test_a_truncated_adapter_is_named_wherever_it_was_cut(tmp_path_factory: pytest.TempPathFactory, keep: int) -> None:
    checkpoint = sealed(tmp_path_factory.mktemp("cut"))
    path = checkpoint.path / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=r"adapter_model\.safetensors .*truncated"):
        verify(checkpoint)


@settings(deadline=None)
@given(content=st.binary(max_size=200))
def test_no_bytes_make_the_header_check_fail_in_another_way(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError):
        check_safetensors(path)


def test_a_file_that_is_longer_than_its_header_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(safetensors_bytes() + b"more")
    with pytest.raises(CheckpointError, match="bytes are there"):
        check_safetensors(path)


def test_a_file_nobody_sealed_is_refused(tmp_path: Path) -> None:
    checkpoint = sealed(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"tokenizer\.json is not in the manifest"):
        verify(checkpoint)


def test_the_side_files_of_a_database_that_is_being_read_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "facts.db").write_bytes(b"db")
    checkpoint = sealed(tmp_path)
    (tmp_path / "facts.db-wal").write_bytes(b"")
    (tmp_path / "facts.db-shm").write_bytes(b"")
    verify(checkpoint)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "optimizer.pt", "rng.pkl", "x.ckpt", "modeling.py", "lib.so"])
def test_pickles_and_programs_are_refused_when_sealing_and_when_verifying(tmp_path: Path, name: str) -> None:
    checkpoint = sealed(tmp_path)
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(CheckpointError, match=name):
        verify(checkpoint)
    with pytest.raises(CheckpointError, match=name):
        seal(tmp_path, **fields("tetsu"))


def test_executables_and_links_are_refused(tmp_path: Path) -> None:
    checkpoint = sealed(tmp_path / "a")
    (tmp_path / "a" / "run").write_text("#!/bin/sh")
    (tmp_path / "a" / "run").chmod(0o755)
    with pytest.raises(CheckpointError, match="program"):
        verify(checkpoint)
    linked = sealed(tmp_path / "b")
    (tmp_path / "b" / "link").symlink_to("/etc/passwd")
    with pytest.raises(CheckpointError, match="plain file"):
        verify(linked)
    (tmp_path / "b" / "link").unlink()
    os.mkfifo(tmp_path / "b" / "pipe")
    with pytest.raises(CheckpointError, match="plain file"):
        verify(linked)


def test_a_full_disk_while_sealing_is_one_sentence_and_leaves_no_manifest(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / ".manifest.json.partial").symlink_to("/dev/full")
    with pytest.raises(CheckpointError, match="No space left on device"):
        seal(tmp_path, **fields("tetsu"))
    assert not (tmp_path / "manifest.json").exists()
    assert not (tmp_path / ".manifest.json.partial").is_symlink()


def test_a_manifest_without_its_fields_is_never_written(tmp_path: Path) -> None:
    fill(tmp_path)
    with pytest.raises(ValidationError):
        seal(tmp_path, name="tetsu")
    assert not (tmp_path / "manifest.json").exists()


@pytest.mark.parametrize("name", ["tetsu", "てつ先輩-1", "a_b-c", "v1.2", "0", "x" * 64])
def test_good_names(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a/b",
        "a\\b",
        "-a",
        ".hidden",
        "A",
        "history.jsonl",
        "current",
        "mini",
        "x" * 65,
        "a\n",
        "a b",
        "base:x",
    ],
)
def test_names_that_could_be_a_path_an_option_or_another_thing_are_refused(name: str) -> None:
    with pytest.raises(CheckpointError, match="cannot name a checkpoint"):
        check_name(name)
