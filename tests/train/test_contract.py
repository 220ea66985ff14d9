"""The contract between training and serving: the same prompt, and no word from the future."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.composer import Composer
from bot.current import CurrentCheckpoint
from bot.history import History
from bot.i18n import Sentences
from bot.store import Store
from model.conversation import Conversation
from model.loader import load_tokenizer
from model.persona import Persona, load_persona
from model.prompt import install_template
from model.sampling import Sampling
from model.served import Served
from tests.bot.fakes import FakeWorker
from tests.bot.messages import message
from tests.model.tiny import save_elyza_like, save_rinna_like, tiny_tokenizer
from tests.train.small_data import CONSENT
from train import dataset
from train.anchors import encode_facts
from train.conversations import View, asked, content_nouns, monologue, real
from train.rows import with_cards
from train.samples import Samples, Weighted
from train.utterance import Utterance

PERSONA = 'name = "てつ"\n[[facts]]\ntopic = "好物"\ntext = "カレー"\n'
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "senpai"
TETSU = Persona(name="てつ")
BEGAN = datetime(2024, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=["mini", "rinna", "elyza"])
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    if request.param == "mini":
        return tiny_tokenizer()
    save = {"rinna": save_rinna_like, "elyza": save_elyza_like}[request.param]
    own = load_tokenizer(str(save(tmp_path_factory.mktemp(request.param))))
    install_template(own, request.param)
    return own


def utterance(text: str, parent: str | None = None, *, day: int = 0) -> Utterance:
    fields = {"id": text, "speaker": "てつ", "source": "tweets.js", "locator": text}
    return Utterance(text=text, parent=parent, said_at=BEGAN + timedelta(days=day), **fields)


def samples(tokenizer: Any, utterances: list[Utterance], view: View, persona: Persona = TETSU) -> Samples:
    views = (Weighted(view, 1.0), Weighted(monologue, 0.2))
    return Samples(
        utterances=utterances, views=views, system=with_cards(persona), tokenizer=tokenizer, max_len=999, seed=1
    )


async def served_prompt(question: str, tokenizer: Any, home: Path) -> tuple[int, ...]:
    """Return the prompt the engine is handed when somebody asks: by the composer, and as the worker renders it."""
    (home / "checkpoints" / "tetsu").mkdir(parents=True)
    (home / "checkpoints" / "tetsu" / "persona.toml").write_text(PERSONA, encoding="utf-8")
    (home / "checkpoints" / "tetsu" / "consent.toml").write_text(CONSENT, encoding="utf-8")
    (home / "checkpoints" / "current").write_text("tetsu\n", encoding="utf-8")
    store = await Store.open(f"sqlite+aiosqlite:///{home / 'senpai.db'}")
    worker = FakeWorker(["うん"])
    try:
        composer = Composer(
            worker=worker, current=CurrentCheckpoint(home), history=History(store), sentences=Sentences("ja")
        )
        await composer.compose(message(question))
    finally:
        await store.close()
    received = Conversation.from_messages(worker.asked[0][1].to_messages())
    served = Served(
        name="tetsu", runner="r", adapter="tetsu", tokenizer=tokenizer, end_tokens=frozenset(), defaults=Sampling()
    )
    return served.sequence(received, Sampling(), author="hana", emit=lambda _: None).prompt


async def test_training_sees_exactly_what_serving_sends_plus_the_answer(tokenizer: Any, tmp_path: Path) -> None:
    prompt = await served_prompt("昼どうする？", tokenizer, tmp_path)
    persona = load_persona(tmp_path / "checkpoints" / "tetsu" / "persona.toml")
    (row,) = samples(tokenizer, [utterance("部室で寝てた！", "昼どうする？")], real, persona).epoch(0)
    assert row.prompt == prompt
    assert tokenizer.decode(row.reply, skip_special_tokens=True).replace("!", "！").strip("」 ") == "部室で寝てた！"


async def test_a_remark_that_names_a_card_is_trained_with_the_card_that_serving_puts_before_it(
    tokenizer: Any, tmp_path: Path
) -> None:
    prompt = await served_prompt("昼は好物にする？", tokenizer, tmp_path)
    persona = load_persona(tmp_path / "checkpoints" / "tetsu" / "persona.toml")
    (row,) = samples(tokenizer, [utterance("部室で寝てた！", "昼は好物にする？")], real, persona).epoch(0)
    assert row.prompt == prompt
    bare = samples(tokenizer, [utterance("部室で寝てた！", "昼は好物にする？")], real).epoch(0)[0].prompt
    assert len(prompt) > len(bare)


async def test_a_question_about_a_fact_is_trained_with_the_cards_that_serving_finds(
    tokenizer: Any, tmp_path: Path
) -> None:
    prompt = await served_prompt("好物は？", tokenizer, tmp_path)
    persona = load_persona(tmp_path / "checkpoints" / "tetsu" / "persona.toml")
    rows = encode_facts(tokenizer, persona, ["行くわ〜"], seed=1)
    assert prompt in [row.prompt for row in rows]


def test_a_row_begins_once_ends_once_and_only_the_reply_carries_loss(tokenizer: Any) -> None:
    for row in samples(tokenizer, [utterance("部室で寝てた！", "昼どうする？"), utterance("眠い")], real).epoch(0):
        whole = [*row.prompt, *row.reply]
        bos = tokenizer.bos_token_id
        assert whole.count(bos) == (1 if bos in whole else 0)
        assert row.reply[-1] == tokenizer.eos_token_id
        assert row.reply.count(tokenizer.eos_token_id) == 1
        assert tokenizer.eos_token_id not in row.prompt or tokenizer.chat_template == tiny_tokenizer().chat_template


def test_no_word_before_an_utterance_was_said_after_it(tmp_path: Path) -> None:
    """In the example's captions, which tell the moment of everything, and between the utterances themselves."""
    source = EXAMPLE / "talks" / "interview.ja.vtt"
    dataset.build(
        [EXAMPLE / "archive", source], speaker="蒼井", out=tmp_path / "data", consent=EXAMPLE / "consent.toml"
    )
    found = dataset.read(tmp_path / "data").utterances
    transcript = source.read_text(encoding="utf-8")
    said_at = {one.text: one.said_at for one in found}
    num_spoken = num_written = 0
    for one in found:
        for context in real(one):
            if one.source == source.name:
                num_spoken += 1
                assert transcript.index(context[:6]) < transcript.index(one.locator)
            elif (before := said_at.get(context)) and one.said_at:
                num_written += 1
                assert before < one.said_at
    assert num_spoken > 20
    assert num_written > 5


@pytest.mark.parametrize("view", [monologue, asked(content_nouns())])
def test_other_views_know_the_utterance_alone(view: View) -> None:
    line = utterance("カレー食べたい", "昼どうする？")
    assert view(line) == view(dataclasses.replace(line, parent=None, said_at=None, thread="t", locator="9"))
