from pathlib import Path

import pytest

from train.pretrain.settings import OtherSettings, agree, digest


def test_a_work_folder_goes_on_with_what_it_was_made_with(tmp_path: Path) -> None:
    for _ in range(2):
        agree(tmp_path, {"hidden": 320, "corpora": {"one.txt": 3}})


@pytest.mark.parametrize("changed", [{"hidden": 384}, {"keep_out": "another"}])
def test_something_else_is_refused_by_name(tmp_path: Path, changed: dict[str, object]) -> None:
    settings: dict[str, object] = {"hidden": 320, "keep_out": ""}
    agree(tmp_path, settings)
    (name, value), *_ = changed.items()
    with pytest.raises(OtherSettings, match=f"made with {name} {settings[name]}, this is {value}"):
        agree(tmp_path, settings | changed)


def test_files_are_known_by_their_content_alone(tmp_path: Path) -> None:
    for name, text in {"a": "one", "b": "two", "c": "one"}.items():
        (tmp_path / name).write_text(text)
    a, b, c = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    assert digest([a, b]) == digest([b, c])
    assert digest([a]) != digest([b])
    assert digest([]) == ""
