"""「本物はどっち？」: one line is real and was held out, the other is made up; votes are counted with an interval."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.current import CurrentCheckpoint
from bot.quiz import NoRiddle, Quiz
from model.votes import Share, Votes
from tests.bot.fakes import FakeWorker

REAL = "きのうは朝まで麻雀だったよ〜"


def _quiz(home: Path, worker: FakeWorker, seed: int = 0) -> Quiz:
    votes = Votes(home / "votes.jsonl")
    return Quiz(home=home, worker=worker, current=CurrentCheckpoint(home), votes=votes, dice=random.Random(seed))


@pytest.fixture
def with_data(home: Path) -> Path:
    """hanako was made from a data folder that holds one answer out."""
    manifest = home / "checkpoints" / "hanako" / "manifest.json"
    manifest.write_text(json.dumps({"data_hash": "abc"}), encoding="utf-8")
    folder = home / "data" / "hanako"
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(json.dumps({"hash": "abc", "held_out": ["2"]}), encoding="utf-8")
    lines = [
        {"id": "1", "text": "これは学習に使った", "parent": None},
        {"id": "2", "text": REAL, "parent": "きのうは何してた？"},
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "utterances.jsonl").write_text(text, encoding="utf-8")
    return home


async def test_a_riddle_shows_a_held_out_line_and_an_answer_to_the_same_question(with_data: Path) -> None:
    worker = FakeWorker(["本を読んでいたかな〜。"])
    riddle = await _quiz(with_data, worker).ask("me")
    assert riddle.lines[riddle.real] == REAL
    assert riddle.lines[1 - riddle.real] == "本を読んでいたかな〜。"
    assert worker.asked[0][1].turns[-1].text == riddle.question == "きのうは何してた？"


async def test_the_real_line_stands_first_about_as_often_as_second(with_data: Path) -> None:
    quiz = _quiz(with_data, FakeWorker(["本を読んでいたかな〜。"]))
    places = [(await quiz.ask("me")).real for _ in range(60)]
    assert 15 < sum(places) < 45


async def test_a_guess_is_counted_once_and_only_for_who_was_asked(with_data: Path) -> None:
    quiz = _quiz(with_data, FakeWorker(["本を読んでいたかな〜。"]))
    riddle = await quiz.ask("me")
    assert await quiz.guess("somebody else", 0) is None
    solved = await quiz.guess("me", riddle.real)
    assert solved
    assert (solved.is_right, solved.real, solved.share.num) == (True, REAL, 1)
    assert await quiz.guess("me", riddle.real) is None


async def test_the_votes_hold_no_text_and_nobodys_name(with_data: Path) -> None:
    quiz = _quiz(with_data, FakeWorker(["本を読んでいたかな〜。"]))
    riddle = await quiz.ask("discord:123")
    await quiz.guess("discord:123", 1 - riddle.real)
    vote = json.loads((with_data / "votes.jsonl").read_text(encoding="utf-8"))
    assert vote.pop("at")
    assert vote == {"kind": "quiz", "checkpoint": "hanako", "is_right": False}


async def test_without_a_data_folder_the_reason_is_told(home: Path) -> None:
    with pytest.raises(NoRiddle, match="hanako was made from no data folder"):
        await _quiz(home, FakeWorker(["うん"])).ask("me")


async def test_a_checkpoint_that_says_nothing_makes_no_riddle(with_data: Path) -> None:
    with pytest.raises(NoRiddle, match="nothing to say"):
        await _quiz(with_data, FakeWorker([""])).ask("me")


def test_blind_votes_are_counted_by_pair_whichever_side_they_stood_on(tmp_path: Path) -> None:
    votes = Votes(tmp_path / "votes.jsonl")
    votes.preferred("a", "b", "left")
    votes.preferred("b", "a", "left")
    votes.preferred("b", "a", "right")
    votes.preferred("a", "b", "tie")
    (duel,) = votes.duels()
    assert (duel.first, duel.second, duel.share.num_yes, duel.share.num) == ("a", "b", 2.5, 4)


@given(st.integers(0, 50), st.integers(0, 50))
def test_an_interval_holds_its_share_and_narrows_with_more_votes(num_yes: int, num_no: int) -> None:
    share, tenfold = Share(num_yes, num_yes + num_no), Share(num_yes * 10, (num_yes + num_no) * 10)
    assert 0 <= share.low <= share.value <= share.high <= 1
    assert tenfold.high - tenfold.low <= share.high - share.low


def test_an_interval_is_wilsons() -> None:
    share = Share(8, 10)
    assert (round(share.low, 3), round(share.high, 3)) == (0.490, 0.943)
