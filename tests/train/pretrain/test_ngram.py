import math

from train.pretrain.ngram import UNKNOWN_CHARS, KneserNey

TRAINED = ["東京は日本の首都です。", "大阪は日本の都市です。", "京都は日本の都市だ。"] * 3


def test_probabilities_of_all_next_characters_sum_to_one() -> None:
    model = KneserNey(TRAINED)
    characters = sorted({char for text in TRAINED for char in text})
    for context in ("京", "日本", "大阪は日本の", "見た"):
        continued = [_next(model, context, char) for char in characters]
        unknown = _next(model, context, "鬱") * UNKNOWN_CHARS
        end = math.exp(-model.loss([context]) + _given(model, context))
        assert abs(sum(continued) + unknown + end - 1) < 1e-6


def test_a_seen_text_is_likelier_than_a_shuffled_one() -> None:
    model = KneserNey(TRAINED)
    assert model.loss(["東京は日本の首都です。"]) < 0.2 * model.loss(["首す日東はのでで京都。"])


def test_losses_of_texts_add_up() -> None:
    model = KneserNey(TRAINED)
    texts = ["東京は都市だ。", "知らない鬱。", ""]
    assert math.isclose(model.loss(texts), sum(model.loss([text]) for text in texts))


def _next(model: KneserNey, context: str, char: str) -> float:
    return math.exp(_given(model, context) - _given(model, context + char))


def _given(model: KneserNey, context: str) -> float:
    """The loss of a context without its end."""
    return model.loss_of(model.grams([context])[:-1])
