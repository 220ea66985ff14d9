"""Asks a model what it knows: minimal pairs, four-choice questions, one greedy fact and a hundred everyday openings.

Knows the files in ``tables/`` and how an answer is scored. Does not know how the model was trained.
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast

from train.pretrain.likelihood import continuation_losses, token_losses

MAX_REPLY_TOKENS = 64
REPLY_BATCH = 20
_RUN = re.compile(r"(.)\1{4,}")
ANSWER_ENDING = "です。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """Replies to the everyday openings with the shares the model card reports."""

    openings: list[str]
    replies: list[str]
    stopped: float
    with_runs: float
    distinct: float


def minimal_pairs(model: Any, tokenizer: PreTrainedTokenizerFast) -> float:
    """Return the share of pairs whose grammatical sentence is the likelier one, as a whole sentence with its end."""
    pairs = _pairs()
    flat = [_sentence(tokenizer, sentence) for pair in pairs for sentence in pair]
    sums = [sum(losses) for losses in token_losses(model, flat)]
    return sum(right < wrong for right, wrong in zip(sums[::2], sums[1::2], strict=True)) / len(pairs)


def knowledge(model: Any, tokenizer: PreTrainedTokenizerFast) -> float:
    """Return the share of questions whose right answer has the smallest loss of the four, as a polite reply."""
    questions = _questions()
    return sum(_is_right(model, tokenizer, *question) for question in questions) / len(questions)


def greedy_reply(model: Any, tokenizer: PreTrainedTokenizerFast, text: str) -> str:
    return _replies(model, tokenizer, [text], do_sample=False)[0][0]


def everyday_replies(model: Any, tokenizer: PreTrainedTokenizerFast, *, seed: int) -> Replies:
    """Sample one reply to each opening at temperature 0.8 and count how they end."""
    openings = _openings()
    torch.manual_seed(seed)
    answered: list[tuple[str, bool]] = []
    for start in range(0, len(openings), REPLY_BATCH):
        answered += _replies(model, tokenizer, openings[start : start + REPLY_BATCH], do_sample=True)
    replies = [reply for reply, _ in answered]
    return Replies(
        openings=openings,
        replies=replies,
        stopped=sum(stopped for _, stopped in answered) / len(replies),
        with_runs=sum(bool(_RUN.search(reply)) for reply in replies) / len(replies),
        distinct=len(set(replies)) / len(replies),
    )


def own_texts() -> dict[str, list[str]]:
    """Return what is asked here, by kind: nothing of it may stand in the training text."""
    return {
        "minimal pairs": [sentence for pair in _pairs() for sentence in pair],
        "knowledge": [question for question, *_ in _questions()],
        "openings": _openings(),
    }


def chat_ids(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    """Return the prompt of one user turn."""
    messages = [{"role": "user", "content": text}]
    return list(tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False))


def _is_right(model: Any, tokenizer: PreTrainedTokenizerFast, question: str, *choices: str) -> bool:
    answers = [tokenizer(choice + ANSWER_ENDING, add_special_tokens=False).input_ids for choice in choices]
    losses = continuation_losses(model, chat_ids(tokenizer, question), answers)
    return losses.index(min(losses)) == 0


def _sentence(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    ids = tokenizer(text, add_special_tokens=False).input_ids
    return [int(tokenizer.bos_token_id), *ids, int(tokenizer.eos_token_id)]


@torch.no_grad()
def _replies(
    model: Any, tokenizer: PreTrainedTokenizerFast, texts: list[str], *, do_sample: bool
) -> list[tuple[str, bool]]:
    prompts = [{"input_ids": chat_ids(tokenizer, text)} for text in texts]
    batch = tokenizer.pad(prompts, padding_side="left", return_tensors="pt").to(model.device)
    sampling = {"temperature": 0.8, "top_p": 0.95, "top_k": 0} if do_sample else {"temperature": None, "top_p": None}
    written = model.generate(**batch, do_sample=do_sample, max_new_tokens=MAX_REPLY_TOKENS, **sampling)
    rows = written[:, batch.input_ids.shape[1] :].tolist()
    eos = int(tokenizer.eos_token_id)
    return [(str(tokenizer.decode(row, skip_special_tokens=True)), eos in row) for row in rows]


def _pairs() -> list[list[str]]:
    pairs: list[list[str]] = tomllib.loads(_read("minimal_pairs.toml"))["pairs"]
    return pairs


def _questions() -> list[list[str]]:
    questions: list[list[str]] = tomllib.loads(_read("knowledge.toml"))["questions"]
    return questions


def _openings() -> list[str]:
    return _read("openings.txt").split("\n")[:-1]


def _read(name: str) -> str:
    return files(__package__).joinpath("tables", name).read_text(encoding="utf-8")
