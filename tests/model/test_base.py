"""Names of bases: what they lead to, and that the hash tells two models apart."""

from pathlib import Path

import pytest

from model.base import Base, BaseError, resolve
from tests.model.sealed import safetensors_bytes


def model_folder(folder: Path, config: str = "{}") -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(config)
    (folder / "model.safetensors").write_bytes(safetensors_bytes())
    return folder


def test_the_known_names_lead_to_the_package_and_the_hub() -> None:
    assert Path(resolve("mini").location).parts[-2:] == ("model", "mini")
    assert resolve("rinna").location == "rinna/japanese-gpt-1b"
    assert resolve("elyza").location == "elyza/ELYZA-japanese-Llama-2-7b-fast-instruct"
    assert resolve("someone/some-model.v2") == Base("someone/some-model.v2", "someone/some-model.v2")


def test_a_folder_is_remembered_so_that_it_is_found_from_anywhere(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "my model")
    (tmp_path / "x").mkdir()
    base = resolve(str(tmp_path / "x" / ".." / "my model"))
    assert base.location == str(folder)
    assert resolve(base.name) == base


@pytest.mark.parametrize("name", ["", "nonsense", "a/b/c", "/nowhere/at/all", "../up"])
def test_a_name_that_leads_nowhere_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(BaseError, match="use mini, rinna, elyza, the path of a model folder, or a hub id"):
        resolve(name)


def test_the_hash_changes_with_config_weights_and_vocabulary_and_with_nothing_else(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "a")
    base = resolve(str(folder))
    first = base.hash()
    (folder / "README.md").write_text("hello")
    assert base.hash() == first
    assert resolve(str(model_folder(tmp_path / "b"))).hash() == first
    (folder / "tokenizer.json").write_text("{}")
    with_vocabulary = base.hash()
    (folder / "model.safetensors").write_bytes(safetensors_bytes(128))
    assert len({first, with_vocabulary, base.hash(), resolve(str(model_folder(tmp_path / "c", "[]"))).hash()}) == 4


def test_a_folder_without_weights_has_no_hash(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match=r"needs config\.json and weights"):
        resolve(str(tmp_path)).hash()


def test_a_folder_that_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match="does not exist"):
        Base("gone", str(tmp_path / "gone")).hash()


def test_a_hub_model_is_known_by_its_commit(tmp_path: Path) -> None:
    snapshot = model_folder(tmp_path / "models--o--n" / "snapshots" / "abc123")
    assert Base("o/n", str(snapshot)).hash() == "commit:abc123"


def test_a_hub_model_that_was_never_fetched_says_so() -> None:
    with pytest.raises(BaseError, match="not in the hub cache"):
        resolve("nobody-here/no-such-model").hash()
