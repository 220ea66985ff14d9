"""The same epoch in three ways: equal work, proven by equal sums of the loss."""

from pathlib import Path

import pytest

from model.base import resolve
from tests.model.tiny import save_tiny_base
from train.bench import paths
from train.bench.paths import Work
from train.bench.speed import measure
from train.recipe import Adapter, Recipe
from train.samples import Sample

ROWS = [Sample((1, *range(10, 14 + index % 5)), (*range(30, 33 + index % 7), 2)) for index in range(21)]
RECIPE = Recipe(name="r", adapter=Adapter(r=4, alpha=8))


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    base = save_tiny_base(tmp_path_factory.mktemp("base") / "llama")
    return Work(base=resolve(str(base)), recipe=RECIPE, rows=ROWS, batch=8, scratch=tmp_path_factory.mktemp("scratch"))


def test_ours_and_the_originals_way_do_the_same_work(work: Work) -> None:
    ours, article = paths.ours(work), paths.article(work)
    first, again, other = ours(), ours(), article()
    assert first.nats == pytest.approx(again.nats, rel=1e-6)
    assert other.nats == pytest.approx(first.nats, rel=1e-4)
    assert other.num_slots == len(ROWS) * max(map(len, ROWS))
    assert sum(map(len, ROWS)) <= first.num_slots < other.num_slots


def test_trl_does_the_same_work_where_it_is_installed(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("trl")
    trl = paths.trl(work)
    assert trl is not None
    assert trl().nats == pytest.approx(paths.ours(work)().nats, rel=1e-4)
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_every_way_gets_a_row_beside_ours(tmp_path: Path) -> None:
    base = resolve(str(save_tiny_base(tmp_path / "llama")))
    found = measure(base, RECIPE, ROWS, 1)
    rows = [pace.to_json(found[0]) for pace in found]
    assert [row["path"] for row in rows][:2] == ["ours", "article"]
    assert all(row["is_equal_work"] for row in rows)
