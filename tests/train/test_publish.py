"""Publishing: a checkpoint appears whole, or nothing is left of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from model.base import resolve
from model.checkpoint import CheckpointError, Gate, verify
from model.facts import Facts
from model.persona import Fact, Persona
from model.shelf import Shelf
from tests.model.tiny import save_tiny_base
from tests.train.small_data import CONSENT, quick
from train.evaluate.gate import Verdict
from train.publish import Publication, publish
from train.tunable import Tunable, load_tunable

PERSONA = Persona(name="てつ", facts=(Fact(topic="趣味", text="星を見る"),), sampling={"temperature": 0.7})


@pytest.fixture(scope="module")
def tunable(tmp_path_factory: pytest.TempPathFactory) -> Tunable:
    return load_tunable(resolve(str(save_tiny_base(tmp_path_factory.mktemp("base") / "tiny"))), quick(), seed=0)


def publication(
    tmp_path: Path, *, failed: tuple[str, ...] = (), report: Callable[[Path], None] | None = None
) -> Publication:
    consent = tmp_path / "consent.toml"
    consent.write_text(CONSENT, encoding="utf-8")
    return Publication(
        name="tetsu",
        persona=PERSONA,
        utterances=["麻雀で負けた"],
        consent=consent,
        recipe={"name": "quick"},
        seed=0,
        data_hash="abc",
        scale=0.75,
        metrics={"S1": {"value": 1.0}},
        verdict=Verdict(failed),
        write_report=report or _write_report,
    )


def _write_report(folder: Path) -> None:
    (folder / "report.html").write_text("<!doctype html>", encoding="utf-8")


def test_what_is_published_is_what_was_said(tunable: Tunable, tmp_path: Path) -> None:
    checkpoint = publish(tunable, publication(tmp_path), Shelf(tmp_path))
    verify(checkpoint)
    assert checkpoint.persona() == PERSONA
    assert (checkpoint.path / "consent.toml").read_text(encoding="utf-8") == CONSENT
    assert (checkpoint.path / "report" / "report.html").is_file()
    manifest = checkpoint.manifest
    assert (manifest.adapter_scale, manifest.data_hash, manifest.gate) == (0.75, "abc", Gate.PASSED)
    assert {"torch", "transformers", "peft"} <= set(manifest.libraries)


def test_a_failed_gate_is_written_down_with_what_failed(tunable: Tunable, tmp_path: Path) -> None:
    checkpoint = publish(tunable, publication(tmp_path, failed=("G1",)), Shelf(tmp_path))
    assert (checkpoint.manifest.gate, checkpoint.manifest.gate_failed) == (Gate.FAILED, ("G1",))


def test_no_file_tells_where_it_was_made(tunable: Tunable, tmp_path: Path) -> None:
    checkpoint = publish(tunable, publication(tmp_path), Shelf(tmp_path / "home"))
    written = [path for path in checkpoint.path.rglob("*") if path.suffix in {".json", ".toml", ".html"}]
    assert not any(str(tmp_path) in path.read_text(encoding="utf-8") for path in written)


def test_a_fault_on_the_way_leaves_nothing(tunable: Tunable, tmp_path: Path) -> None:
    def broken(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    shelf = Shelf(tmp_path / "home")
    with pytest.raises(OSError, match="No space left"):
        publish(tunable, publication(tmp_path, report=broken), shelf)
    assert not shelf.list()
    assert not list(shelf.folder.glob(".tetsu*"))


def test_a_name_that_was_taken_meanwhile_is_refused_and_the_first_one_stays(tunable: Tunable, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "home")
    publish(tunable, publication(tmp_path), shelf)
    with pytest.raises(CheckpointError, match="exists already"):
        publish(tunable, publication(tmp_path, failed=("G1",)), shelf)
    assert shelf.get("tetsu").manifest.gate is Gate.PASSED
    assert not list(shelf.folder.glob(".tetsu*"))


def test_what_was_tuned_on_can_be_found_again_and_is_sealed(tunable: Tunable, tmp_path: Path) -> None:
    checkpoint = publish(tunable, publication(tmp_path), Shelf(tmp_path))
    assert Facts(checkpoint.path / "facts.db").search("麻雀", 1) == ["麻雀で負けた"]
    assert "facts.db" in checkpoint.manifest.files
