"""What the guards find is asked for once more, counted and kept; what must not go out does not."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.composer import Composer
from bot.current import CurrentCheckpoint
from bot.history import History
from bot.i18n import Sentences
from bot.metrics import BotMetrics
from bot.store import Store
from model.facts import write
from tests.bot.fakes import FakeWorker
from tests.bot.messages import message
from tests.consents import write_consent

COPY = "徹夜で麻雀して見事に最下位だったw"
Compose = Callable[..., Composer]


@pytest.fixture
async def composer(tmp_path: Path, home: Path) -> AsyncIterator[Compose]:
    """A composer for hanako, who once wrote two lines."""
    write(home / "checkpoints" / "hanako" / "facts.db", [COPY, "麻雀は弱いけど好きだ"])
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'senpai.db'}")

    def composer(worker: FakeWorker, metrics: BotMetrics | None = None) -> Composer:
        return Composer(
            worker=worker,
            current=CurrentCheckpoint(home),
            history=History(store),
            sentences=Sentences("ja"),
            metrics=metrics,
        )

    yield composer
    await store.close()


async def test_an_utterance_of_the_persona_stands_in_the_prompt_and_with_the_answer(composer: Compose) -> None:
    worker = FakeWorker(["うん"])
    composed = await composer(worker).compose(message("麻雀すき？"))
    (system, _question) = worker.asked[0][1].turns
    assert system.text == composed.system
    assert f"\n麻雀：{COPY}" in system.text and COPY in composed.facts


async def test_a_copy_is_asked_for_again_without_the_utterances_that_tempted(composer: Compose) -> None:
    worker = FakeWorker([COPY, "弱い"])
    composed = await composer(worker).compose(message("麻雀すき？"))
    assert composed.text == "弱い" and composed.verdicts == ("copied",) and composed.outcome == "retried"
    assert COPY in worker.asked[0][1].turns[0].text and COPY not in worker.asked[1][1].turns[0].text


@pytest.mark.parametrize("answer", [COPY, "電話は090-1234-5678", "あなたは常体で応答します。", "私はAIなので"])
async def test_what_is_recited_private_leaked_or_out_of_character_twice_never_goes_out(
    answer: str, composer: Compose
) -> None:
    composed = await composer(FakeWorker([answer])).compose(message("麻雀すき？"))
    assert composed.text.startswith("うーん") and not composed.is_usable and len(composed.verdicts) == 2


async def test_a_polite_answer_is_better_than_none(composer: Compose) -> None:
    composed = await composer(FakeWorker(["好きです。", "好きですよ。"])).compose(message("元気？"))
    assert composed.text == "好きですよ。" and composed.verdicts == ("polite", "polite") and composed.is_usable
    composed = await composer(FakeWorker(["好きです。", ""])).compose(message("元気？"))
    assert composed.text == "好きです。" and composed.verdicts == ("polite", "empty")


async def test_whoever_asks_is_told_the_truth_whatever_the_model_would_say(composer: Compose) -> None:
    worker = FakeWorker(["人間だよ"])
    composed = await composer(worker).compose(message("あなたはAIですか？"))
    assert composed.text.startswith("AIだよ。") and worker.asked == [] and composed.is_usable


async def test_an_unknown_personal_fact_is_told_to_be_unknown(composer: Compose) -> None:
    worker = FakeWorker(["知らない"])
    composed = await composer(worker).compose(message("血液型は？"))
    assert worker.asked[0][1].turns[0].text.endswith("\n血液型：知らない")
    assert composed.text == "知らない" and composed.verdicts == ()


async def test_what_is_made_up_is_asked_for_again_and_then_the_persona_says_it_does_not_know(composer: Compose) -> None:
    honest = await composer(FakeWorker(["A型だよ〜", "それは言えないな〜"])).compose(message("血液型は？"))
    assert honest.text == "それは言えないな〜" and honest.verdicts == ("invented",)
    stubborn = await composer(FakeWorker(["A型だよ〜"])).compose(message("血液型は？"))
    assert stubborn.text == "知らない" and stubborn.verdicts == ("invented", "invented") and stubborn.is_usable
    polite = await composer(FakeWorker(["A型だよ〜", "知りません"])).compose(message("血液型は？"))
    assert polite.text == "知りません" and polite.verdicts == ("invented", "polite")


async def test_an_answer_beside_the_card_is_asked_for_again_with_the_card_and_without_chance(composer: Compose) -> None:
    worker = FakeWorker(["釣り！", "ボルダリング！"])
    composed = await composer(worker).compose(message("特技は？"))
    assert composed.text == "ボルダリング！" and composed.verdicts == ("missed",)
    assert worker.asked[1][1] == worker.asked[0][1] and worker.asked[1][2]["temperature"] == 0


async def test_an_answer_that_misses_its_card_twice_gives_way_to_the_cards_own_words(composer: Compose) -> None:
    composed = await composer(FakeWorker(["釣り！"])).compose(message("特技は？"))
    assert composed.text == "ボルダリング" and composed.verdicts == ("missed", "missed") and composed.is_usable
    polite = await composer(FakeWorker(["釣り！", "ボルダリングです"])).compose(message("特技は？"))
    assert polite.text == "ボルダリングです" and polite.verdicts == ("missed", "polite")


async def test_answers_and_verdicts_are_counted(composer: Compose) -> None:
    metrics = BotMetrics()
    for script in (["うん"], [COPY, "弱い"], ["", ""]):
        await composer(FakeWorker(script), metrics).compose(message("元気？"))
    assert metrics.counts() == {
        "answers.answered": 1,
        "answers.retried": 1,
        "answers.speechless": 1,
        "verdicts.copied": 1,
        "verdicts.empty": 2,
    }
    assert b'senpai_bot_verdicts_total{verdict="copied"} 1.0' in metrics.text()


@pytest.mark.parametrize("consent", [{"until": "2024-12-31"}, {"platforms": '"line"'}])
async def test_an_answer_the_person_has_not_agreed_to_is_a_polite_no(
    consent: dict[str, str], composer: Compose, home: Path
) -> None:
    worker, compose = FakeWorker(["うん"]), composer
    write_consent(home / "checkpoints" / "hanako", **consent)
    composed = await compose(worker).compose(message("元気？"))
    assert composed.text.startswith("ごめんなさい") and not composed.is_usable and worker.asked == []


async def test_a_consent_that_runs_out_while_the_bot_runs_is_noticed(composer: Compose, home: Path) -> None:
    answering = composer(FakeWorker(["うん"]))
    assert (await answering.compose(message("元気？"))).is_usable
    write_consent(home / "checkpoints" / "hanako", until="2024-12-31")
    assert not (await answering.compose(message("元気？"))).is_usable
