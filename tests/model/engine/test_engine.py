"""The loop, on a runner without tensors: everything that is accepted ends, and ends once."""

import itertools
import random
from collections.abc import Iterable
from contextlib import suppress

import pytest

from model.engine.engine import NOT_FINITE, Engine, QueueFull, Stats, TooLong, WeightsGone, WeightsInUse
from model.engine.rows import Move, Swap
from model.engine.scheduler import Part
from model.engine.sequence import Sequence
from tests.model.engine.sequences import END, letters, make_sequence


class CountingRunner:
    """Answers each sequence with its own prompt's first token, one higher each step."""

    num_rows = 4
    row_tokens = 32

    def attach(self, adapter: str, weights: object) -> None:
        """Nothing to copy."""

    def detach(self, adapter: str) -> None:
        """Nothing to forget."""

    def move(self, moves: Iterable[Move | Swap]) -> None:
        """Nothing to copy."""

    def run(self, parts: tuple[Part, ...]) -> list[int | None]:
        """Count on; a prompt that begins with 0 or holds a 3 stands for a broken checkpoint, 1 for one that ends."""
        return [None if 3 in part.sequence.prompt else self._next(part.sequence) for part in parts]

    @staticmethod
    def _next(sequence: Sequence) -> int | None:
        first = sequence.prompt[0]
        return {0: None, 1: END}.get(first, first + len(sequence.tokens) + 1)


def _engine(**options: object) -> Engine:
    engine = Engine(**options)  # type: ignore[arg-type]
    engine.add_runner("base", CountingRunner())
    return engine


def _finish(engine: Engine) -> None:
    for _ in range(1000):
        if not engine.has_work():
            return
        engine.step()
    raise AssertionError("The engine never came to rest.")


def test_every_sequence_gets_its_own_answer_whoever_else_is_there() -> None:
    engine = _engine()
    made = [make_sequence((10 * number,), author=str(number), max_tokens=number) for number in range(1, 20)]
    for sequence, _ in made:
        engine.submit(sequence)
    _finish(engine)
    for number, (_, told) in enumerate(made, start=1):
        assert told.text == letters([10 * number + step for step in range(1, number + 1)])
        assert (told.last.finish_reason, told.last.num_tokens) == ("length", number)


def test_an_end_token_ends_the_answer_without_being_shown() -> None:
    engine = _engine()
    sequence, told = make_sequence((1,))
    engine.submit(sequence)
    _finish(engine)
    assert (told.text, told.last.finish_reason, told.last.num_tokens) == ("", "stop", 1)


def test_the_sixty_fifth_to_wait_is_refused() -> None:
    engine = _engine()
    for _ in range(64):
        engine.submit(make_sequence()[0])
    with pytest.raises(QueueFull):
        engine.submit(make_sequence()[0])
    assert engine.stats() == Stats(waiting=64, running=0)


def test_whoever_is_refused_is_told_how_long_the_others_will_take() -> None:
    clock = itertools.count()
    engine = _engine(max_waiting=8, clock=lambda: float(next(clock)))
    for _ in range(400):
        with suppress(QueueFull):
            engine.submit(make_sequence(max_tokens=10)[0])
        engine.step()
    with pytest.raises(QueueFull) as refused:
        for _ in range(9):
            engine.submit(make_sequence()[0])
    seconds_an_answer = 10 * 2 / CountingRunner.num_rows  # the clock is read twice a step, so a step lasts two
    assert refused.value.wait_s == pytest.approx(8 * seconds_an_answer, rel=0.25)


def test_a_prompt_whose_numbers_are_not_finite_fails_alone_and_at_once() -> None:
    engine = _engine()
    made = [make_sequence(prompt, author=str(prompt)) for prompt in ((10, 9), (3, 9), (20, 9))]
    for sequence, _ in made:
        engine.submit(sequence)
    engine.step()
    assert made[1][1].last.error == NOT_FINITE
    _finish(engine)
    assert [told.text for _, told in (made[0], made[2])] == [letters([11, 12, 13, 14]), letters([21, 22, 23, 24])]


def test_a_prompt_that_cannot_fit_is_refused_with_both_lengths() -> None:
    with pytest.raises(TooLong, match=r"prompt has 30 tokens.*answer may have 4.*reads 32"):
        _engine().submit(make_sequence(tuple(range(30)))[0])


def test_cancelling_frees_the_row_before_the_next_step() -> None:
    engine = _engine()
    sequence, told = make_sequence()
    engine.submit(sequence)
    engine.step()
    engine.cancel(sequence)
    assert engine.stats() == Stats(0, 0)
    assert told.last.finish_reason == "cancelled"
    engine.cancel(sequence)
    assert told.last.finish_reason == "cancelled"


def test_a_deadline_ends_running_and_waiting_sequences_with_what_they_have() -> None:
    now = [0.0]
    engine = _engine(clock=lambda: now[0])
    made = [make_sequence((50,), deadline_at=2.0, max_tokens=20) for _ in range(6)]
    for sequence, _ in made:
        engine.submit(sequence)
    for _ in range(5):
        engine.step()
    now[0] = 2.0
    engine.step()
    assert [told.last.finish_reason for _, told in made] == ["deadline"] * 6
    assert len(made[0][1].text) == 5
    assert engine.stats() == Stats(0, 0)


def test_numbers_that_are_not_finite_fail_their_own_sequence_only() -> None:
    engine = _engine()
    (broken, told_broken), (fine, told_fine) = make_sequence((0,)), make_sequence((7,))
    engine.submit(broken)
    engine.submit(fine)
    _finish(engine)
    assert told_broken.last.error == NOT_FINITE
    assert told_fine.last.finish_reason == "length"


def test_a_failed_step_is_told_to_everyone_and_leaves_nothing_behind() -> None:
    engine = _engine()
    made = [make_sequence() for _ in range(6)]
    for sequence, _ in made:
        engine.submit(sequence)
    engine.step()
    engine.fail_all("broken")
    assert [told.last.error for _, told in made] == ["broken"] * 6
    assert not engine.has_work()


def test_weights_leave_only_when_nobody_uses_them_and_are_missed_by_name() -> None:
    engine = _engine()
    engine.add_adapter("base", "A", None)
    sequence, _ = make_sequence(adapter="A")
    engine.submit(sequence)
    with pytest.raises(WeightsInUse):
        engine.remove_adapter("base", "A")
    with pytest.raises(WeightsInUse):
        engine.remove_runner("base")
    engine.cancel(sequence)
    engine.remove_adapter("base", "A")
    with pytest.raises(WeightsGone):
        engine.submit(make_sequence(adapter="A")[0])
    engine.remove_runner("base")
    with pytest.raises(WeightsGone):
        engine.submit(make_sequence()[0])


def test_two_models_are_stepped_in_turn() -> None:
    engine = _engine()
    engine.add_runner("other", CountingRunner())
    made = [make_sequence(runner=runner) for runner in ("base", "other")]
    for sequence, _ in made:
        engine.submit(sequence)
    engine.step()
    assert [len(told.chunks) for _, told in made] == [1, 1]


def test_a_thousand_random_arrivals_and_cancels_bring_rows_and_queue_back_to_zero() -> None:
    engine, dice = _engine(), random.Random(7)
    made = []
    for number in range(1000):
        sequence, told = make_sequence((number + 3,), author=str(dice.randrange(9)), max_tokens=dice.randint(1, 20))
        try:
            engine.submit(sequence)
        except QueueFull:
            assert told.chunks == []
            continue
        made.append((sequence, told))
        if dice.random() < 0.3:
            engine.cancel(dice.choice(made)[0])
        for _ in range(dice.randrange(6)):
            engine.step()
    _finish(engine)
    assert engine.stats() == Stats(0, 0)
    for sequence, told in made:
        assert told.last.finish_reason in ("length", "cancelled")
        assert told.text == letters([sequence.prompt[0] + step for step in range(1, len(sequence.tokens) + 1)])


def test_the_average_batch_of_twenty_who_ask_at_once_is_above_three_quarters_of_the_rows() -> None:
    sizes: list[int] = []
    engine = _engine(on_step=sizes.append)
    for number in range(20):
        engine.submit(make_sequence((30 + number,), author=str(number), max_tokens=20)[0])
    _finish(engine)
    assert sum(sizes) / len(sizes) > 3
