from hypothesis import given
from hypothesis import strategies as st

from train.pretrain.mixture import Stage
from train.pretrain.plan import DECAY_SHARE, Plan


@given(tokens=st.integers(min_value=2_000_000, max_value=50_000_000))
def test_the_rate_rises_stays_and_falls_to_nothing(tokens: int) -> None:
    plan = Plan(num_tokens=tokens)
    rates = [plan.rate_at(step) for step in range(plan.num_steps)]
    peak = rates.index(1.0)
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert 0 < rates[-1] < 0.01
    assert plan.rate_at(plan.num_steps) == 0


def test_naming_a_nearer_end_on_resume_starts_the_decay_at_once() -> None:
    step = Plan(num_tokens=18_000_000).step_tokens
    done = 1500
    long, short = Plan(num_tokens=18_000_000), Plan(num_tokens=round(done * step / (1 - DECAY_SHARE)))
    assert long.stage_at(done) is Stage.STABLE
    assert short.stage_at(done + 1) is Stage.DECAY
    assert short.rate_at(done) > 0.99
