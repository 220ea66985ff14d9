"""The run's folder: which step is kept, and what is known of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from train.run import Run, State

LOOKS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.4]), st.floats(1, 5)), min_size=1, max_size=8)


@settings(max_examples=50, deadline=None)
@given(looks=LOOKS)
def test_no_step_that_fails_the_gate_is_kept_where_one_passed(looks: list[tuple[float, float]]) -> None:
    with TemporaryDirectory() as folder:
        run = Run(Path(folder))
        for step, badness in enumerate(looks, start=1):
            run.record({"step": step, "film": ""})
            run.keep_if_best(State(step, {"w": torch.tensor([float(step)])}), badness)
        best = run.best()
        assert best is not None
        assert looks[best.step - 1] == min(looks)
        assert run.has_feasible() == any(violation == 0 for violation, _ in looks)
        assert best.tensors["w"].item() == best.step
        assert run.num_looks_since_best() == len(looks) - best.step


def test_before_any_look_there_is_no_best_step(tmp_path: Path) -> None:
    assert Run(tmp_path).best() is None
    assert not Run(tmp_path).has_feasible()
    assert Run(tmp_path).num_looks_since_best() == 0
