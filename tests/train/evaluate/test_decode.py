"""Our loop says what transformers' `generate` says, and what it drops does not change what is left."""

from collections import Counter

import pytest
import torch
from transformers import GenerationConfig

from tests.model.tiny import tiny_model
from train.evaluate.decode import Drawing, decode
from train.loss import Batch, collate
from train.samples import Sample

EOS, PAD = 2, 3
PROMPTS = [(5,), (9, 8, 7, 6, 11), (12, 13), (20, 21, 22, 23)]


def batch() -> Batch:
    return collate([Sample(prompt, ()) for prompt in PROMPTS], PAD, "cpu")


def drawing(*, end: int = EOS, temperature: float = 0.0, max_tokens: int = 12, top_p: float = 1.0) -> Drawing:
    return Drawing(temperature=temperature, top_p=top_p, max_tokens=max_tokens, has_ended=lambda ids: ids[-1] == end)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_greedy_ids_are_those_of_generate_while_rows_end_one_by_one(kind: str) -> None:
    model = tiny_model(kind) if kind != "llama" else tiny_model()
    rows = batch()
    with torch.inference_mode():
        free = decode(model, rows, drawing(end=-1), (0,))[0]
        end = Counter(ids[4] for ids in free).most_common(1)[0][0]  # a token that ends some rows early
        own = decode(model, rows, drawing(end=end), (0,))[0]
        config = GenerationConfig(do_sample=False, max_new_tokens=12, eos_token_id=end, pad_token_id=PAD)
        out = model.generate(input_ids=rows.ids, attention_mask=rows.mask, generation_config=config)
    theirs = [row.tolist() for row in out[:, rows.ids.shape[1] :]]
    assert own == [row[: row.index(end) + 1] if end in row else row for row in theirs]
    assert len({len(ids) for ids in own}) > 1


def test_every_seed_says_its_own_and_the_same_again() -> None:
    model, rows = tiny_model(), batch()
    with torch.inference_mode():
        first, second = decode(model, rows, drawing(temperature=1.0), (1, 2))
        again, alone = (
            decode(model, rows, drawing(temperature=1.0), (1, 2))[1],
            decode(model, rows, drawing(temperature=1.0), (1,))[0],
        )
    assert first != second
    assert again == second
    assert alone[0][:1] == first[0][:1]


def test_tokens_are_drawn_as_often_as_they_are_likely_and_none_outside_the_nucleus() -> None:
    model = tiny_model()
    rows = collate([Sample(PROMPTS[1], ())] * 1, PAD, "cpu")
    with torch.inference_mode():
        shares = model(input_ids=rows.ids).logits[0, -1].div(0.5).softmax(-1)
        one = drawing(temperature=0.5, max_tokens=1, top_p=0.6)
        drawn = Counter(ids[0][0] for ids in decode(model, rows, one, range(3000)))
    likeliest = shares.sort(descending=True)
    num = int((likeliest.values.cumsum(0) < 0.6).sum()) + 1
    inside = likeliest.indices[:num].tolist()
    assert set(drawn) <= set(inside)
    mass = shares[inside].sum()
    for token in inside[:3]:
        assert drawn[token] / 3000 == pytest.approx(float(shares[token] / mass), abs=0.04)
