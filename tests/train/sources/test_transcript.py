"""Speech is cut where a listener would hear an end."""

from hypothesis import given
from hypothesis import strategies as st

from train.sources.document import Document
from train.sources.transcript import MAX_CHARS, Piece, clock, speech, utterances
from train.utterance import Utterance


def cut(*pieces: Piece) -> list[str]:
    return [item.text for item in utterances(Document("talk", ""), pieces) if isinstance(item, Utterance)]


def piece(text: str, start_s: float, end_s: float, **fields: object) -> Piece:
    return Piece(text=text, start_s=start_s, end_s=end_s, **fields)  # type: ignore[arg-type]


def test_a_pause_ends_an_utterance_and_a_breath_does_not() -> None:
    assert cut(piece("今日は", 0, 1), piece("晴れ", 1.3, 2), piece("眠いね", 2.7, 3)) == ["今日は晴れ", "眠いね"]


def test_a_breath_behind_final_words_ends_an_utterance_unless_a_particle_follows() -> None:
    assert cut(piece("晴れました", 0, 1), piece("明日は雨", 1.3, 2)) == ["晴れました", "明日は雨"]
    assert cut(piece("晴れました", 0, 1), piece("けど寒い", 1.3, 2)) == ["晴れましたけど寒い"]


def test_punctuation_ends_an_utterance_inside_a_piece() -> None:
    assert cut(piece("すごい！！ほんとに？うん。", 0, 3)) == ["すごい！！", "ほんとに？", "うん。"]


def test_another_speaker_ends_an_utterance() -> None:
    pieces = piece("どう思う", 0, 1, speaker="聞き手"), piece("いいと思う", 1, 2, speaker="ハル")
    assert cut(*pieces) == ["どう思う", "いいと思う"]


def test_fillers_and_noise_go_but_style_stays() -> None:
    assert speech("えーと、まあなんか[笑い]いいよね") == "まあなんかいいよね"
    assert speech("あのー昨日ね、えっと寝てた") == "昨日ね、寝てた"
    assert speech("あの人はえらい") == "あの人はえらい"
    assert speech(">> そのとおり&nbsp;だよ") == "そのとおり\xa0だよ"


def test_a_long_silence_begins_a_new_thread() -> None:
    first, second, third = utterances(
        Document("talk", ""), [piece("一つ目だよ。", 0, 1), piece("二つ目だよ。", 1, 2), piece("三つ目だよ。", 9, 10)]
    )
    assert isinstance(first, Utterance) and isinstance(second, Utterance) and isinstance(third, Utterance)
    assert first.thread == second.thread != third.thread


def test_a_clock_reads_hours_minutes_seconds() -> None:
    assert clock(3723.4005) == "01:02:03.400"


@given(st.lists(st.tuples(st.text("あいう。！、えー", max_size=90), st.floats(0, 2)), max_size=8))
def test_nothing_is_longer_than_a_breath_and_no_word_is_lost(parts: list[tuple[str, float]]) -> None:
    pieces, at = [], 0.0
    for text, gap in parts:
        at += gap
        pieces.append(piece(text, at, at + 1))
        at += 1
    items = list(utterances(Document("talk", ""), pieces))
    said = [item.text if isinstance(item, Utterance) else item.utterance.text for item in items]
    assert all(len(text) <= MAX_CHARS for text in said)
    assert "".join(said).replace("えー", "").count("う") == "".join(text for text, _ in parts).count("う")
