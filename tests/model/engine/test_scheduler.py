"""Rows are given, moved and freed so that nobody's tokens are lost and everybody gets a turn."""

from hypothesis import given, settings
from hypothesis import strategies as st

from model.engine.scheduler import Plan, Scheduler
from model.engine.sequence import Sequence
from tests.model.engine.sequences import make_sequence

_ROWS = 4


class _Rows:
    """Carries plans out on lists of numbers instead of tensors."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = [[] for _ in range(_ROWS)]

    def run(self, plan: Plan) -> None:
        for move in plan.moves:
            self.rows[move.target] = self.rows[move.source][: move.num_tokens]
        for prefill in plan.prefills:
            sequence = prefill.sequence
            assert sequence.row is not None
            read = self.rows[sequence.row][: prefill.start]
            self.rows[sequence.row] = read + list(sequence.prompt[prefill.start : prefill.stop])
        for row, sequence in enumerate(plan.decode):
            assert sequence.row == row
            known = [*sequence.prompt, *sequence.tokens]
            assert self.rows[row][: len(known) - 1] == known[:-1]
            self.rows[row][len(known) - 1 :] = [known[-1]]
            sequence.accept(100 + sequence.num_tokens)


@settings(max_examples=200)
@given(st.data())
def test_every_row_holds_its_own_sequence_through_any_arrivals_cancels_and_ends(data: st.DataObject) -> None:
    scheduler, rows = Scheduler(_ROWS, max_prefill_tokens=3), _Rows()
    alive: list[Sequence] = []
    for number in range(data.draw(st.integers(1, 40))):
        for _ in range(data.draw(st.integers(0, 2))):
            prompt = tuple(range(1000 * number, 1000 * number + data.draw(st.integers(1, 9))))
            sequence, _ = make_sequence(prompt, author=data.draw(st.sampled_from("abc")), max_tokens=5)
            scheduler.add(sequence)
            alive.append(sequence)
        if alive and data.draw(st.booleans()):
            scheduler.remove(alive.pop(data.draw(st.integers(0, len(alive) - 1))))
        rows.run(scheduler.schedule())
        for sequence in [each for each in alive if each.is_finished]:
            scheduler.remove(sequence)
            alive.remove(sequence)
        assert {id(each) for each in scheduler} == {id(each) for each in alive}
        assert scheduler.num_running <= _ROWS
        assert scheduler.num_running + scheduler.num_waiting == len(alive)
    for _ in range(500):
        rows.run(scheduler.schedule())
        for sequence in [each for each in scheduler if each.is_finished]:
            scheduler.remove(sequence)
    assert list(scheduler) == []


def test_an_author_with_many_requests_waits_while_others_have_their_turn() -> None:
    scheduler = Scheduler(num_rows=1)
    flood = [make_sequence(author="flood")[0] for _ in range(5)]
    single = make_sequence(author="single")[0]
    for sequence in (*flood, single):
        scheduler.add(sequence)
    order = []
    for _ in range(6):
        (sequence,) = scheduler.schedule().decode
        order.append(sequence)
        scheduler.remove(sequence)
    assert order == [flood[0], single, *flood[1:]]


def test_a_step_reads_no_more_of_the_prompts_than_it_may_while_others_go_on() -> None:
    scheduler = Scheduler(num_rows=4, max_prefill_tokens=10)
    short, long, last = (make_sequence(tuple(range(length)))[0] for length in (5, 18, 4))
    for sequence in (short, long, last):
        scheduler.add(sequence)
    plans = [scheduler.schedule() for _ in range(3)]
    assert [[(each.sequence, each.start, each.stop) for each in plan.prefills] for plan in plans] == [
        [(short, 0, 4), (long, 0, 6)],
        [(long, 6, 16)],
        [(long, 16, 17), (last, 0, 3)],
    ]
    assert [plan.decode for plan in plans] == [(short,), (short,), (short, long, last)]


def test_a_removed_sequence_frees_its_row_in_the_same_step() -> None:
    scheduler = Scheduler(num_rows=1)
    first, second = make_sequence()[0], make_sequence()[0]
    scheduler.add(first)
    scheduler.add(second)
    assert scheduler.schedule().decode == (first,)
    scheduler.remove(first)
    assert scheduler.schedule().decode == (second,)
