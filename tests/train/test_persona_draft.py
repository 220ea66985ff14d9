"""A persona is drafted from what its lines like, dislike, speak of and keep saying; a person corrects it."""

from pathlib import Path

from typer.testing import CliRunner

from model.persona import load_persona
from tests.train.small_data import write_data
from train.data_command import app
from train.persona_draft import draft, to_toml, with_cards

LINES = (
    "麻雀が好き〜",
    "やっぱり麻雀は最高だな",
    "カレーうまい！",
    "冬の早起きは苦手なんだよな",
    "パクチーは無理w",
    "望遠鏡を磨いてた。しらんけど",
    "望遠鏡が重い、しらんけど",
    "望遠鏡ほしい人いる？しらんけど",
)


def test_cards_say_what_is_liked_disliked_spoken_of_and_said_again_and_again() -> None:
    cards = {fact.topic: fact.text for fact in with_cards(draft("ハル", LINES), LINES).facts}
    assert cards["好きなもの"].split("、")[0] == "麻雀" and "カレー" in cards["好きなもの"]
    assert set(cards["苦手なもの"].split("、")) == {"早起き", "パクチー"}
    assert cards["よく話すこと"] == "望遠鏡"
    assert cards["口癖"] == "しらんけど"


def test_the_register_decides_the_prompt_and_how_the_unknown_is_told() -> None:
    plain, polite = draft("ハル", ["星が好きだ", "寒い"]), draft("ハル", ["星が好きです。", "寒いですね。"])
    assert (plain.system_prompt, plain.unknown) == ("あなたは常体で応答します。", "知らない")
    assert (polite.system_prompt, polite.unknown) == ("あなたは敬体で応答します。", "わかりません")


def test_a_draft_reads_back_as_what_was_drafted(tmp_path: Path) -> None:
    persona = with_cards(draft("ハル", LINES), LINES)
    (tmp_path / "persona.toml").write_text(to_toml(persona), encoding="utf-8")
    assert load_persona(tmp_path / "persona.toml") == persona


def test_a_draft_is_written_once_and_what_a_person_corrected_is_not_written_over(tmp_path: Path) -> None:
    data, runner = write_data(tmp_path / "data"), CliRunner()
    assert runner.invoke(app, ["persona", str(data)]).exit_code == 0
    assert load_persona(data / "persona.toml").name == "てつ"
    (data / "persona.toml").write_text('name = "正しい名前"\n', encoding="utf-8")
    assert runner.invoke(app, ["persona", str(data)]).exit_code == 1
    assert runner.invoke(app, ["review", str(data), "--apply"]).exit_code == 0
    assert load_persona(data / "persona.toml").name == "正しい名前"
    assert runner.invoke(app, ["persona", str(data), "--name", "別名", "--force"]).exit_code == 0
    assert load_persona(data / "persona.toml").name == "別名"
