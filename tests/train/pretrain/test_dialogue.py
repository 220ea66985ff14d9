import itertools
import random

import pytest

from train.pretrain.dialogue import MAX_CHARS, PLAIN_PROMPTS, POLITE_PROMPTS, answered, polite_share, staged

PLAIN = ["ラーメン食べた。", "うまかったよ。", "また行こう〜！", "いいね、行くか。"]
POLITE = ["ラーメンを食べました。", "おいしかったです！", "また行きましょう〜。", "いいですね。"]


@pytest.mark.parametrize(("texts", "share"), [(PLAIN, 0.0), (POLITE, 1.0), ([], 0.0), (["行く。行きます。"], 0.5)])
def test_the_polite_share_counts_sentences(texts: list[str], share: float) -> None:
    assert polite_share(texts) == share


@pytest.mark.parametrize(("turns", "prompts"), [(PLAIN, PLAIN_PROMPTS), (POLITE, POLITE_PROMPTS)])
def test_a_system_prompt_asks_for_the_register_of_the_replies(turns: list[str], prompts: tuple[str, ...]) -> None:
    rng = random.Random(1)
    shown = [scene[0].text for _ in range(200) for scene in staged(turns, rng) if scene[0].role == "system"]
    assert shown
    assert set(shown) <= set(prompts)


def test_speakers_alternate_and_either_may_be_the_assistant() -> None:
    rng = random.Random(2)
    firsts = set()
    for _ in range(50):
        for scene in staged(PLAIN * 10, rng):
            roles = [turn.role for turn in scene if turn.role != "system"]
            assert all(one != other for one, other in itertools.pairwise(roles))
            firsts.add(roles[0])
    assert firsts == {"user", "assistant"}


def test_a_scene_fits_a_row() -> None:
    scenes = staged(["長い話だ。" * 200, *["短い。" * 60] * 40], random.Random(3))
    assert all(sum(len(turn.text) for turn in scene if turn.role != "system") <= 2 * MAX_CHARS for scene in scenes)


def test_a_bare_answer_may_be_finished_but_is_never_changed() -> None:
    rng = random.Random(4)
    for _ in range(50):
        scene = answered("首都は？", "東京", rng)
        assert scene[-1].role == "assistant"
        assert scene[-1].text.startswith("東京")
