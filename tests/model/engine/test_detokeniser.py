"""Text comes as early as it is certain and adds up to exactly what the tokens say."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from model.engine.detokeniser import Detokeniser
from tests.model.tiny import tiny_tokenizer

_DECODE = partial(tiny_tokenizer().decode, skip_special_tokens=True)


def _spell(text: str) -> list[int]:
    """Return one token for each byte."""
    ids: list[int] = tiny_tokenizer().encode(text, add_special_tokens=False)
    return ids


@given(st.lists(st.integers(0, 262), max_size=40))
def test_the_pieces_of_any_tokens_add_up_to_their_text(tokens: list[int]) -> None:
    detokeniser = Detokeniser(_DECODE)
    assert "".join(map(detokeniser.feed, tokens)) + detokeniser.flush() == _DECODE(tokens)


@given(st.text(max_size=20))
def test_half_a_character_is_never_shown(text: str) -> None:
    detokeniser = Detokeniser(_DECODE)
    pieces = [detokeniser.feed(token) for token in _spell(text)]
    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)


@given(st.text("「」ab", max_size=20), st.lists(st.text("「」ab", min_size=1, max_size=3), max_size=3))
def test_the_text_ends_before_the_first_stop_string(text: str, stops: list[str]) -> None:
    detokeniser = Detokeniser(_DECODE, stops)
    shown = ""
    for token in _spell(text):
        shown += detokeniser.feed(token)
        if detokeniser.is_stopped:
            break
    else:
        shown += detokeniser.flush()
    complete = [(at + len(stop), at) for stop in stops if (at := text.find(stop)) >= 0]
    first_complete = min((end for end, _ in complete), default=None)
    expected = text if first_complete is None else text[: min(at for end, at in complete if end == first_complete)]
    assert shown == expected
    assert detokeniser.is_stopped is (first_complete is not None)


def test_what_may_become_a_stop_string_waits_and_is_shown_once_it_cannot() -> None:
    detokeniser = Detokeniser(_DECODE, ("[INST]",))
    assert [detokeniser.feed(token) for token in _spell("a[IN]")] == ["a", "", "", "", "[IN]"]
