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


def cue(text: str, start_s: float, end_s: float, speaker: str | None = "ハル") -> Piece:
    return piece(text, start_s, end_s, speaker=speaker, is_cue=True)


def test_an_answer_of_several_sentences_and_cues_is_one_utterance() -> None:
    assert cut(cue("冬！寒いけど空がきれい", 0, 3)) == ["冬！寒いけど空がきれい"]
    assert cut(cue("冬！", 0, 1), cue("寒いけど空がきれい", 1.5, 3), cue("星も見えるし。", 4, 5)) == [
        "冬！寒いけど空がきれい、星も見えるし。"
    ]


def test_a_sentence_without_a_mark_gets_one_before_the_next() -> None:
    assert cut(cue("楽しかったよ", 0, 1), cue("また行く", 1, 2)) == ["楽しかったよ、また行く"]
    assert cut(cue("楽しかったです笑", 0, 1), cue("また行く", 1.7, 3)) == ["楽しかったです笑また行く"]


def test_sentences_of_one_speaker_part_where_they_grow_too_long() -> None:
    first, second = "あ" * 30 + "。", "い" * 35 + "。"
    assert cut(cue(first + second + "うん。", 0, 9)) == [first, second + "うん。"]


def test_a_short_beginning_stays_with_the_long_sentence_behind_it() -> None:
    assert cut(cue("冬！" + "あ" * 40 + "、" + "い" * 18 + "。", 0, 9)) == [
        "冬！" + "あ" * 40 + "、",
        "い" * 18 + "。",
    ]


def test_a_long_pause_parts_the_sentences_of_one_speaker() -> None:
    assert cut(cue("冬が好き。", 0, 1), cue("次の話だよ。", 3.5, 5)) == ["冬が好き。", "次の話だよ。"]


def test_nobody_knows_whether_nameless_cues_are_one_speaker() -> None:
    cues = cue("元気？", 0, 1, None), cue("元気！昨日も寝た。", 1.2, 3, None)
    assert cut(*cues) == ["元気？", "元気！昨日も寝た。"]


def test_a_dash_parts_even_what_bears_the_same_name() -> None:
    following = piece("ほんと。", 1, 2, speaker="ハル", is_cue=True, is_answer=True)
    assert cut(cue("うそ！", 0, 1), following) == ["うそ！", "ほんと。"]


def test_a_full_thread_does_not_end_between_a_question_and_its_answer() -> None:
    talk = [cue("話すよ。" if n < 9 else "何が好き？", n, n + 1, f"客{n}") for n in range(10)]
    items = list(utterances(Document("talk", ""), [*talk, cue("星！", 10, 11), cue("なるほど。", 11, 12, "客")]))
    threads = [item.thread for item in items if isinstance(item, Utterance)]
    assert threads == ["talk#0"] * 11 + ["talk#1"]


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


@given(st.lists(st.tuples(st.text("あいう。！、えー", max_size=90), st.floats(0, 2)), max_size=8), st.booleans())
def test_nothing_is_longer_than_a_breath_and_no_word_is_lost(parts: list[tuple[str, float]], is_cue: bool) -> None:
    pieces, at = [], 0.0
    for text, gap in parts:
        at += gap
        pieces.append(piece(text, at, at + 1, speaker="ハル", is_cue=is_cue))
        at += 1
    items = list(utterances(Document("talk", ""), pieces))
    said = [item.text if isinstance(item, Utterance) else item.utterance.text for item in items]
    assert all(len(text) <= MAX_CHARS for text in said)
    assert "".join(said).replace("えー", "").count("う") == "".join(text for text, _ in parts).count("う")
