"""Every guard looks, and the gravest fault is named."""

from pathlib import Path

import pytest

from bot.guards import Fault, Scene, fault
from model.conversation import Role, Turn
from model.facts import Facts, write
from model.persona import Fact, Persona

PLAIN = Persona(
    name="花子",
    system_prompt="あなたは常体で応答します。",
    facts=(Fact(topic="連絡先", text="club@example.com"),),
)
POLITE = Persona(name="花子", system_prompt="あなたは敬体で応答します。")
SAID = (Turn(Role.USER, "どう？"), Turn(Role.ASSISTANT, "昨日から星を見てるよ"))


def _scene(folder: Path, persona: Persona = PLAIN) -> Scene:
    write(folder / "facts.db", ["徹夜で麻雀して見事に最下位だった"])
    return Scene(persona=persona, facts=Facts(folder / "facts.db"), history=SAID)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("。。", Fault.EMPTY),
        ("うん" * 30, Fault.DEGENERATE),
        ("電話は090-1234-5678です。", Fault.PRIVATE),
        ("あなたは常体で応答します。", Fault.LEAKED),
        ("徹夜で麻雀して、見事に最下位だったw", Fault.COPIED),
        ("私はAIなので趣味はありません。", Fault.CLAIMS_AI),
        ("星が好きです。", Fault.POLITE),
        ("昨日から星を見てるよ！", Fault.REPEATED),
        ("星が好き！", None),
        ("club@example.com に送って", None),
    ],
)
def test_the_gravest_fault_of_an_answer_is_named(text: str, found: Fault | None, tmp_path: Path) -> None:
    assert fault(text, _scene(tmp_path)) is found


def test_a_polite_persona_may_be_polite(tmp_path: Path) -> None:
    assert fault("星が好きです。", _scene(tmp_path, POLITE)) is None
