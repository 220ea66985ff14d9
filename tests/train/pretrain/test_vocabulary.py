from pathlib import Path

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from tests.train.pretrain.conftest import TEXTS
from train.pretrain.vocabulary import ROLE_TOKENS, fast_tokenizer, role_ids

WRITING = st.text(alphabet="今日はいい天気ですね。東京！？〜 \n（）…ー「」abc123😀ｗ鬱", max_size=40)


@given(text=WRITING)
@settings(deadline=None)
def test_the_fast_tokenizer_writes_the_ids_that_sentencepiece_writes(pieces: bytes, text: str) -> None:
    oracle = sentencepiece.SentencePieceProcessor(model_proto=pieces)
    assert fast_tokenizer(pieces)(text).input_ids == oracle.encode(text)


@given(text=WRITING)
@settings(deadline=None)
def test_a_text_comes_back_as_it_was_written(pieces: bytes, text: str) -> None:
    tokenizer = fast_tokenizer(pieces)
    assert tokenizer.decode(tokenizer(text).input_ids) == text


def test_control_tokens_have_one_id_each_at_the_agreed_places(tokenizer: PreTrainedTokenizerFast) -> None:
    first = tokenizer.convert_ids_to_tokens(list(range(8)))
    assert first == ["<unk>", "<s>", "</s>", "<pad>", *ROLE_TOKENS.values(), "\n"]
    assert list(role_ids(tokenizer).values()) == [4, 5, 6]


def test_a_text_has_the_same_ids_wherever_it_stands(tokenizer: PreTrainedTokenizerFast) -> None:
    for text in TEXTS:
        alone = tokenizer(text).input_ids
        assert tokenizer(f"<|user|>{text}</s>").input_ids == [5, *alone, 2]


def test_a_prompt_is_the_exact_beginning_of_prompt_and_reply(tokenizer: PreTrainedTokenizerFast) -> None:
    asked = [{"role": "system", "content": "常体で。\n名前：山田"}, {"role": "user", "content": "元気？"}]
    prompt = tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_dict=False)
    whole = tokenizer.apply_chat_template([*asked, {"role": "assistant", "content": "元気だよ。"}], return_dict=False)
    assert whole[: len(prompt)] == prompt
    assert prompt.count(tokenizer.bos_token_id) == 1
    assert whole[-1] == tokenizer.eos_token_id


def test_the_template_marks_replies_and_their_ends_and_nothing_else(tokenizer: PreTrainedTokenizerFast) -> None:
    turns = [{"role": "user", "content": "元気？"}, {"role": "assistant", "content": "元気だよ。"}]
    rendered = tokenizer.apply_chat_template(turns, return_dict=True, return_assistant_tokens_mask=True)
    marked = [i for i, kept in zip(rendered["input_ids"], rendered["assistant_masks"], strict=True) if kept]
    assert marked == [*tokenizer("元気だよ。").input_ids, 2]


@pytest.mark.parametrize("text", ["まじか〜〜！？", "（笑）…\n123 です", "😀ｗ"])
def test_plain_autotokenizer_reads_the_saved_folder(
    tokenizer: PreTrainedTokenizerFast, tmp_path: Path, text: str
) -> None:
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded(text).input_ids == tokenizer(text).input_ids
    assert loaded.chat_template == tokenizer.chat_template
