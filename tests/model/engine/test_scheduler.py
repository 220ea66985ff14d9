"""Rows are given, moved and freed so that nobody's tokens are lost and everybody gets a turn."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from model.engine.rows import Move, Swap
from model.engine.scheduler import Plan, Scheduler
from model.engine.sequence import Sequence
from tests.model.engine.sequences import make_sequence

_ROWS = 6


class _Rows:
    """Carries plans out on lists of numbers instead of tensors; a token bears the mark of who computed it."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[int, object]]] = [[] for _ in range(_ROWS)]
        self.num_computed = 0

    def run(self, plan: Plan) -> None:
        for move in plan.moves:
            self._move(move)
        for row, part in enumerate(plan.parts):
            sequence = part.sequence
            mark = (sequence.adapter, sequence.sampling.strength if sequence.adapter else 1)
            known = [(token, mark) for token in (*sequence.prompt, *sequence.tokens)]
            assert sequence.row == row
            assert self.rows[row][: part.start] == known[: part.start]
            self.rows[row][part.start :] = known[part.start : part.stop]
            self.num_computed += part.stop - part.start
        for part in plan.parts:
            if part.is_last:
                part.sequence.accept(100 + part.sequence.num_tokens)

    def _move(self, move: Move | Swap) -> None:
        if isinstance(move, Move):
            self.rows[move.target] = self.rows[move.source][: move.num_tokens]
            return
        one, other = self.rows[move.one][: move.num_tokens], self.rows[move.other][: move.num_tokens]
        self.rows[move.one], self.rows[move.other] = other, one


def _drain(scheduler: Scheduler, rows: _Rows) -> None:
    for _ in range(500):
        if not list(scheduler):
            return
        rows.run(scheduler.schedule())
        for sequence in [each for each in scheduler if each.is_finished]:
            scheduler.remove(sequence)
    raise AssertionError("The scheduler never came to rest.")


_PERSONAS = tuple(tuple(range(10 * number, 10 * number + 40)) for number in range(3))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_row_holds_its_own_sequence_through_any_arrivals_cancels_and_ends(data: st.DataObject) -> None:
    scheduler, rows = Scheduler(_ROWS, max_prefill_tokens=data.draw(st.sampled_from([4, 16, 64]))), _Rows()
    alive: list[Sequence] = []
    gone: list[Sequence] = []
    for number in range(data.draw(st.integers(1, 40))):
        for _ in range(data.draw(st.integers(0, 2))):
            before = data.draw(st.sampled_from(gone)) if gone and data.draw(st.booleans()) else None
            begin = (*before.prompt, *before.tokens) if before else data.draw(st.sampled_from([*_PERSONAS, ()]))
            prompt = (*begin, *range(1000 * number, 1000 * number + data.draw(st.integers(1, 9))))
            sequence, _ = make_sequence(
                prompt,
                author=data.draw(st.sampled_from("abc")),
                adapter=data.draw(st.sampled_from([None, "A"])),
                strength=data.draw(st.sampled_from([1, 0.5])),
                max_tokens=5,
            )
            scheduler.add(sequence)
            alive.append(sequence)
        if alive and data.draw(st.booleans()):
            sequence = alive.pop(data.draw(st.integers(0, len(alive) - 1)))
            scheduler.remove(sequence, spoilt=data.draw(st.booleans()))
        rows.run(scheduler.schedule())
        for sequence in [each for each in alive if each.is_finished]:
            scheduler.remove(sequence)
            alive.remove(sequence)
            gone.append(sequence)
        assert {id(each) for each in scheduler} == {id(each) for each in alive}
        assert scheduler.num_running <= _ROWS
        assert scheduler.num_running + scheduler.num_waiting == len(alive)
    _drain(scheduler, rows)


def test_an_author_with_many_requests_waits_while_others_have_their_turn() -> None:
    scheduler = Scheduler(num_rows=1)
    flood = [make_sequence(author="flood")[0] for _ in range(5)]
    single = make_sequence(author="single")[0]
    for sequence in (*flood, single):
        scheduler.add(sequence)
    order = []
    for _ in range(6):
        (part,) = scheduler.schedule().parts
        order.append(part.sequence)
        scheduler.remove(part.sequence)
    assert order == [flood[0], single, *flood[1:]]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=2, max_size=6), st.integers(1, 4))
def test_nobody_waits_longer_than_twice_the_fair_share(requests: list[int], num_rows: int) -> None:
    """The fair share: everybody ahead of a request, if each author's requests were served in turn, one a row."""
    scheduler, rows = Scheduler(num_rows, max_prefill_tokens=10_000), _Rows()
    sequences = {}
    for author, count in enumerate(requests):
        for nth in range(count):
            sequence = make_sequence((author, nth, 7), author=str(author), max_tokens=4)[0]
            sequences[author, nth] = sequence
            scheduler.add(sequence)
    started: dict[int, int] = {}
    for step in range(1000):
        rows.run(scheduler.schedule())
        for sequence in list(scheduler):
            if sequence.tokens:
                started.setdefault(id(sequence), step)
            if sequence.is_finished:
                scheduler.remove(sequence)
    for (_, nth), sequence in sequences.items():
        ahead = sum(min(count, nth + 1) for count in requests)
        assert started[id(sequence)] <= 2 * 4 * ahead / num_rows


def test_a_step_reads_no_more_of_the_prompts_than_it_may_while_others_go_on() -> None:
    scheduler, rows = Scheduler(num_rows=4, max_prefill_tokens=40), _Rows()
    short, long, last = (
        make_sequence(tuple(range(first, first + size)))[0] for first, size in ((0, 5), (50, 50), (500, 4))
    )
    for sequence in (short, long, last):
        scheduler.add(sequence)
    plans = []
    for _ in range(4):
        plans.append(scheduler.schedule())
        rows.run(plans[-1])
    assert [[(each.sequence, each.start, each.stop) for each in plan.parts] for plan in plans] == [
        [(short, 0, 5), (long, 0, 35)],
        [(short, 5, 6), (long, 35, 45)],
        [(short, 6, 7), (long, 45, 50), (last, 0, 4)],
        [(short, 7, 8), (long, 50, 51), (last, 4, 5)],
    ]


def test_whoever_has_read_the_whole_prompt_has_a_token_in_the_same_step() -> None:
    scheduler, rows = Scheduler(num_rows=4), _Rows()
    sequences = [make_sequence((number, 1, 2), author=str(number))[0] for number in range(3)]
    for sequence in sequences:
        scheduler.add(sequence)
    rows.run(scheduler.schedule())
    assert [len(sequence.tokens) for sequence in sequences] == [1, 1, 1]


def test_a_removed_sequence_frees_its_row_in_the_same_step() -> None:
    scheduler = Scheduler(num_rows=1)
    first, second = make_sequence()[0], make_sequence()[0]
    scheduler.add(first)
    scheduler.add(second)
    assert [part.sequence for part in scheduler.schedule().parts] == [first]
    scheduler.remove(first)
    assert [part.sequence for part in scheduler.schedule().parts] == [second]


def test_a_persona_that_many_ask_at_once_is_computed_once() -> None:
    scheduler, rows = Scheduler(num_rows=_ROWS, max_prefill_tokens=256), _Rows()
    persona = tuple(range(150))
    for number in range(_ROWS):
        scheduler.add(make_sequence((*persona, 1000 + number, 7), author=str(number))[0])
    rows.run(scheduler.schedule())
    assert scheduler.num_running == 1
    rows.run(scheduler.schedule())
    assert rows.num_computed == 152 + 1 + 2 * (_ROWS - 1)
    assert scheduler.num_running == _ROWS


def test_the_second_turn_computes_only_what_is_new_and_keeps_its_row_whoever_spoke_in_between() -> None:
    scheduler, rows = Scheduler(num_rows=_ROWS), _Rows()
    first = make_sequence(tuple(range(100)))[0]
    scheduler.add(first)
    _drain(scheduler, rows)
    others = [make_sequence(tuple(range(1000 * number, 1000 * number + 50)))[0] for number in range(1, _ROWS)]
    for other in others:
        scheduler.add(other)
    _drain(scheduler, rows)
    before = rows.num_computed
    scheduler.add(make_sequence((*first.prompt, *first.tokens, 7, 8), max_tokens=1)[0])
    _drain(scheduler, rows)
    assert rows.num_computed - before == 3  # the answer's last token was never fed back


def test_the_conversation_silent_for_longest_makes_room_first() -> None:
    scheduler, rows = Scheduler(num_rows=3), _Rows()
    turns = [make_sequence(tuple(range(1000 * number, 1000 * number + 50)))[0] for number in range(4)]
    for turn in turns:
        scheduler.add(turn)
        _drain(scheduler, rows)
    computed = Counter[int]()
    for number in (1, 2, 3, 0):
        before = rows.num_computed
        scheduler.add(make_sequence((*turns[number].prompt, *turns[number].tokens, 7), max_tokens=1)[0])
        _drain(scheduler, rows)
        computed[number] = rows.num_computed - before
    assert computed == {1: 2, 2: 2, 3: 2, 0: 55}


def test_what_an_adapter_computed_serves_no_other_and_none_that_takes_its_name() -> None:
    scheduler, rows = Scheduler(num_rows=_ROWS), _Rows()
    prompt = tuple(range(60))

    def cost(adapter: str | None, strength: float = 1) -> int:
        before = rows.num_computed
        scheduler.add(make_sequence(prompt, adapter=adapter, strength=strength, max_tokens=1)[0])
        _drain(scheduler, rows)
        return rows.num_computed - before

    assert [cost("A"), cost(None), cost("A", 0.5), cost("A")] == [60, 60, 60, 1]
    scheduler.forget_adapter("A")
    assert [cost("A"), cost(None)] == [60, 1]
