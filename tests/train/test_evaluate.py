"""The report card's own tests: what is counted, what is copied, and what passes the gate."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.conversation import Conversation
from model.votes import VOTES, Votes
from tests.model.tiny import save_tiny_base, tiny_model, tiny_tokenizer
from tests.train.small_data import quick, write_data
from train.anchors import questions
from train.evaluate import form, gate, metrics, style
from train.evaluate.checkpoints import Wanted, report_on
from train.evaluate.interview import Clock, interview
from train.evaluate.material import Material, Probe, ProbesError, Questions, bundled, read_prompts
from train.evaluate.measure import Measure, share
from train.evaluate.subject import Asking, Reply, Subject
from train.samples import encode, first_id
from train.tune import train


@dataclass(frozen=True)
class Line:
    text: str
    parent: str | None = None


def test_wilsons_interval_is_that_of_the_tables() -> None:
    measured = share(38, 40)
    assert (round(measured.low or 0, 2), round(measured.high or 0, 2)) == (0.83, 0.99)
    assert share(20, 20).high == pytest.approx(1.0)
    assert (share(0, 0).low, share(0, 0).high) == (0.0, 1.0)


@given(st.integers(0, 300), st.integers(1, 300))
def test_an_interval_holds_its_value(hits: int, total: int) -> None:
    measured = share(min(hits, total), total)
    assert (measured.low or 0) - 1e-9 <= measured.value <= (measured.high or 0) + 1e-9


@pytest.mark.parametrize(
    "text", ["そうです。", "行きますか？", "そうでしたよね〜", "見てください！", "ありませんw", "いいっすね！"]
)
def test_polite_endings_are_polite(text: str) -> None:
    assert style.count_plain([text])[0] == 0


@pytest.mark.parametrize(
    "text", ["そうだよ〜", "行くわw", "知らん！", "マジで？", "カレー！", "寝ろ寝ろ〜！", "だるい…", "でスマホ落とした"]
)
def test_plain_endings_are_plain(text: str) -> None:
    plain, total = style.count_plain([text])
    assert plain == total == 1


def test_sentences_are_counted_one_by_one() -> None:
    assert style.count_plain(["そうだな！明日行きます。いいよ〜"]) == (2, 3)


def test_a_personas_own_signs_are_those_its_lines_end_with() -> None:
    assert style.own_signs(["行く〜", "行く〜", "まじw", "そう。", "うん"]) == {"〜", "w"}
    assert style.count_ending_in(["やる〜", "やる", "やるw"], frozenset("〜w")) == 2


def test_five_equal_characters_are_a_run_and_four_are_not() -> None:
    assert form.has_run("今日は〜〜〜〜〜")
    assert not form.has_run("今日は〜〜〜〜")


def test_a_reply_that_turns_in_circles_repeats_itself() -> None:
    assert form.repeats_itself("そうだねそうだねそうだねそうだね")
    assert not form.repeats_itself("今日は星を見ながらカレーを食べた")
    assert not form.repeats_itself("")


def test_a_copy_is_found_through_other_symbols_and_small_changes() -> None:
    lines = [form.core("予報は晴れ、望遠鏡を出す、曇る。はい知ってた〜w")]
    assert form.is_copy("予報は晴れ！望遠鏡を出す！曇る！はい知ってた！", lines)
    assert form.is_copy("ねえ、予報は晴れ、望遠鏡を出す、曇る。はい知ってた", lines)
    assert not form.is_copy("晴れたら望遠鏡を持って行くわ〜", lines)


def test_short_stock_phrases_are_nobodys() -> None:
    assert not form.is_copy("まじか〜w", [form.core("まじか〜w")])


def test_the_bundled_questions_are_enough_and_no_anchor_is_a_probe() -> None:
    probes = bundled().probes
    assert len(probes) >= 60
    assert len(bundled().prompts) == 40
    assert not {probe.question for probe in probes} & set(questions())
    assert all(probe.accepted for probe in probes)


def test_a_probe_takes_any_of_its_spellings() -> None:
    probe = Probe("犬の鳴き声は？", ("ワン", "わん"))
    assert probe.is_right("わんわんだよ〜")
    assert not probe.is_right("ニャー")


def test_the_gate_names_what_failed() -> None:
    base = {"G1": share(60, 60), "G2": share(50, 60)}
    good = {"G1": share(58, 60), "G2": share(45, 60), "D1": share(1, 100), "D3": share(99, 100), "M2": share(2, 100)}
    assert gate.judge(good, base).has_passed
    forgot = good | {"G1": share(30, 60), "D3": share(90, 100), "M2": share(10, 100)}
    assert gate.judge(forgot, base).failed == ("D3", "G1", "M2")


def test_in_persona_knowledge_is_held_against_the_better_of_two_floors() -> None:
    base = {"G1": Measure(value=1.0), "G2": Measure(value=0.1)}
    assert gate.judge({"G2": Measure(value=0.4)}, base).failed == ("G2",)
    assert gate.judge({"G2": Measure(value=0.5)}, base).has_passed


def test_what_was_not_measured_is_not_asked_for() -> None:
    assert gate.judge({"S1": share(1, 2)}, {}).has_passed


@given(st.lists(st.text("あいう〜w。です", max_size=12), min_size=1, max_size=30))
def test_every_metric_of_replies_is_a_share(texts: list[str]) -> None:
    asked = Material(system="", questions=Questions((), ()), training=["行くわ〜", "そうだなw"])
    found = metrics.of_replies([Reply(text, True) for text in texts], asked)
    assert all(0 <= found[name].value <= 1 for name in ("S1", "S2", "D1", "D2", "D3", "D4", "M2"))


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(tiny_model(), tiny_tokenizer(), "cpu")


MATERIAL = Material(
    system="あなたは常体で応答します。",
    questions=Questions(("やっほー", "元気？"), (Probe("海は何色？", ("青",)),)),
    training=("行くわ〜", "今日も星を見に行くわ〜"),
    held_out=(Line("眠い"), Line("今日も麦茶を飲みに行く！", "飲み行く？")),
)


def test_a_subject_answers_everything_in_the_order_asked_and_the_same_again(subject: Subject) -> None:
    conversations = [MATERIAL.in_persona("あ" * length) for length in (9, 1, 5)]
    first = subject.replies(conversations, Asking(temperature=1.0, max_tokens=8, seed=4))
    assert first == subject.replies(conversations, Asking(temperature=1.0, max_tokens=8, seed=4))
    alone = [subject.replies([one], Asking(max_tokens=8))[0] for one in conversations]
    assert alone == subject.replies(conversations, Asking(max_tokens=8))


@dataclass(frozen=True)
class Attentive(Subject):
    """Remembers the short questions it was asked."""

    asked: list[Conversation] = field(default_factory=list)

    def replies(self, conversations: Sequence[Conversation], asking: Asking) -> list[Reply]:
        """Answer as any subject does."""
        self.asked.extend(conversations)
        return super().replies(conversations, asking)


def test_every_probe_is_asked_once_more_behind_two_exchanges_with_the_subjects_own_replies(subject: Subject) -> None:
    attentive = Attentive(subject.model, subject.tokenizer, subject.device)
    said = interview(attentive, MATERIAL, (1,), Clock())
    texts = [reply.text for reply in said.chats[0]]
    assert all(texts)
    later = MATERIAL.in_persona("海は何色？").after(zip(MATERIAL.questions.prompts, texts, strict=True))
    assert attentive.asked.count(later) == len(said.later) == 1


def test_likelihoods_do_not_depend_on_who_shares_the_batch(subject: Subject) -> None:
    rows = [encode(subject.tokenizer, one) for one in MATERIAL.held_out_conversations()]
    together = subject.nats(rows)
    assert together == pytest.approx([subject.nats([row])[0] for row in rows], rel=1e-4)


def test_metrics_without_the_personas_lines_are_left_out(subject: Subject) -> None:
    bare = Material(system="", questions=MATERIAL.questions)
    found = metrics.measure(subject, bare, seeds=(1,)).measures
    assert {"S1", "D1", "D2", "D3", "D4", "G1", "G2", "G2_later"} == set(found)
    assert {"S2", "S3", "M1", "M2", "H1"} <= set(metrics.measure(subject, MATERIAL, seeds=(1,)).measures)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, Any]:
    folder = tmp_path_factory.mktemp("home")
    base = save_tiny_base(folder / "base")
    result = train(write_data(folder / "data"), name="tetsu", home=folder, base=str(base), recipe=quick())
    return folder, str(base), result


def test_a_checkpoint_on_the_shelf_measures_as_it_did_when_it_was_made(
    home: tuple[Path, str, Any], tmp_path: Path
) -> None:
    folder, base, result = home
    Votes(folder / VOTES).guessed("tetsu", is_right=True)
    document = report_on(["tetsu", f"base:{base}"], home=folder, out=tmp_path / "card")
    first, second = document["checkpoints"]
    assert first["votes"]["quiz"]["num"] == 1 and "votes" not in second
    assert first["gate"]["passed"] is not None and second["gate"]["passed"] is None
    assert {"name", "base", "gate", "metrics"} <= set(first)
    assert first["metrics"]["H1"] == pytest.approx(result.metrics["H1"], abs=1e-3)
    assert set(first["metrics"]) == set(result.metrics)
    assert second["metrics"]["G1"]["base"] is None
    assert json.loads((tmp_path / "card" / "report.json").read_text(encoding="utf-8")) == document
    assert "tetsu" in (tmp_path / "card" / "report.html").read_text(encoding="utf-8")


def test_other_chat_openings_may_be_given(home: tuple[Path, str, Any], tmp_path: Path) -> None:
    openings = tmp_path / "openings.txt"
    openings.write_text("やっほー\n\n元気？\n", encoding="utf-8")
    report_on(["tetsu"], home=home[0], wanted=Wanted(prompts=openings), out=tmp_path / "card")
    assert "やっほー" in (tmp_path / "card" / "report.html").read_text(encoding="utf-8")


def test_probes_that_are_not_there_are_one_sentence_for_a_bare_base_too(home: tuple[Path, str, Any]) -> None:
    with pytest.raises(ProbesError, match=r"absent\.toml does not exist"):
        report_on([f"base:{home[1]}"], home=home[0], wanted=Wanted(probes=Path("absent.toml")))


def test_openings_that_are_none_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProbesError, match=r"absent\.txt cannot be read"):
        read_prompts(tmp_path / "absent.txt")
    (tmp_path / "empty.txt").write_text("\n \n", encoding="utf-8")
    with pytest.raises(ProbesError, match=r"empty\.txt holds no chat opening"):
        read_prompts(tmp_path / "empty.txt")
    (tmp_path / "sjis.txt").write_bytes("元気？".encode("shift_jis"))
    with pytest.raises(ProbesError, match=r"sjis\.txt cannot be read"):
        read_prompts(tmp_path / "sjis.txt")


class _Parrot(Subject):
    """A subject that ends every opening as the one line it knows, and elsewhere than in a conversation only."""

    def continuations(self, conversation: Any, openings: Any, asking: Any) -> list[Reply]:
        if conversation is not None:
            return super().continuations(conversation, openings, asking)
        known = MATERIAL.training[1]
        return [Reply(known[len(opening) :] if known.startswith(opening) else "", True) for opening in openings]


def test_a_line_that_comes_out_whole_from_its_beginning_was_learnt_by_heart(subject: Subject) -> None:
    parrot = _Parrot(subject.model, subject.tokenizer, subject.device)
    recited, own = (metrics.measure(one, MATERIAL, seeds=(1,)).measures for one in (parrot, subject))
    assert (recited["M1"].value, recited["M1_bare"].value) == (0.0, 1.0)
    assert (own["M1"].value, own["M1_bare"].value) == (0.0, 0.0)


def test_a_bare_beginning_stands_behind_nothing_but_the_mark_of_a_text(subject: Subject) -> None:
    (bare,) = subject.continuations(None, ["今日も星を"], Asking(max_tokens=4))
    ids = [first_id(subject.tokenizer), *subject.tokenizer.encode("今日も星を", add_special_tokens=False)]
    out = subject.model.generate(torch.tensor([ids]), max_new_tokens=4, do_sample=False)
    assert bare.text == subject.tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True).strip()
