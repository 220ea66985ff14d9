"""The plainest engine: transformers' ``generate``, one request at a time. The oracle that the tests hold ours against.

Knows the model, PEFT's active adapter and transformers' own logits processors. Does not know rows, steps or queues.
"""

import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from torch import Tensor
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    NoRepeatNGramLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from model.engine.detokeniser import Detokeniser
from model.protocol import FinishReason
from model.sampling import Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A whole answer: its text, its tokens with the end token if there was one, and why it ended."""

    text: str
    tokens: tuple[int, ...]
    finish_reason: FinishReason


def complete(
    model: Any,
    prompt: tuple[int, ...],
    sampling: Sampling,
    *,
    detokeniser: Detokeniser,
    end_tokens: frozenset[int],
    adapter: str | None = None,
) -> Completion:
    """Generate one answer with nobody else in the batch; ``adapter`` None means the bare base."""
    tokens = _generate(model, prompt, sampling, end_tokens, adapter)
    text = ""
    for index, token in enumerate(tokens, start=1):
        if token in end_tokens:
            return Completion(text=text + detokeniser.flush(), tokens=tuple(tokens[:index]), finish_reason="stop")
        text += detokeniser.feed(token)
        if detokeniser.is_stopped:
            return Completion(text=text, tokens=tuple(tokens[:index]), finish_reason="stop")
    return Completion(text=text + detokeniser.flush(), tokens=tuple(tokens), finish_reason="length")


@torch.no_grad()
def _generate(
    model: Any, prompt: tuple[int, ...], sampling: Sampling, end_tokens: frozenset[int], adapter: str | None
) -> list[int]:
    inputs = torch.tensor([prompt], device=model.device)
    options = {
        "max_new_tokens": sampling.max_tokens,
        "do_sample": False,
        "eos_token_id": sorted(end_tokens) or None,
        "pad_token_id": 0,
        "attention_mask": torch.ones_like(inputs),
        "logits_processor": _processors(sampling, len(prompt)),
    }
    with _weights(model, adapter, sampling.strength):
        output = model.generate(input_ids=inputs, **options)
    tokens: list[int] = output[0, len(prompt) :].tolist()
    return tokens


@contextmanager
def _weights(model: Any, adapter: str | None, strength: float) -> Iterator[None]:
    """Let ``model`` be the bare base or use one adapter at a strength."""
    if not isinstance(model, PeftModel):
        yield
        return
    if adapter is None or strength == 0:
        with model.disable_adapter():
            yield
        return
    model.set_adapter(adapter)
    layers = [module for module in model.modules() if isinstance(module, LoraLayer) and adapter in module.scaling]
    before = [layer.scaling[adapter] for layer in layers]
    try:
        for layer, scale in zip(layers, before, strict=True):
            layer.scaling[adapter] = scale * strength
        yield
    finally:
        for layer, scale in zip(layers, before, strict=True):
            layer.scaling[adapter] = scale


def _processors(sampling: Sampling, num_prompt_tokens: int) -> LogitsProcessorList:
    """Return transformers' own processors in its own order, then our draw in the place of ``multinomial``."""
    steps: list[LogitsProcessor] = [RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty)]
    if sampling.frequency_penalty or sampling.presence_penalty:
        steps.append(_AnswerPenalty(sampling, num_prompt_tokens))
    if sampling.no_repeat_ngram_size:
        steps.append(NoRepeatNGramLogitsProcessor(sampling.no_repeat_ngram_size))
    if sampling.temperature > 0:
        steps.append(TemperatureLogitsWarper(sampling.temperature))
        if sampling.top_k:
            steps.append(TopKLogitsWarper(sampling.top_k))
        steps.append(TopPLogitsWarper(sampling.top_p))
        steps.append(_Draw(sampling.seed))
    return LogitsProcessorList(steps)


class _AnswerPenalty(LogitsProcessor):
    """OpenAI's frequency and presence penalties."""

    def __init__(self, sampling: Sampling, num_prompt_tokens: int) -> None:
        self._sampling = sampling
        self._num_prompt_tokens = num_prompt_tokens

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Lower (1, vocab) ``scores`` of what the answer says already."""
        for token in input_ids[0, self._num_prompt_tokens :].tolist():
            scores[0, token] -= self._sampling.frequency_penalty
        for token in set(input_ids[0, self._num_prompt_tokens :].tolist()):
            scores[0, token] -= self._sampling.presence_penalty
        return scores


class _Draw(LogitsProcessor):
    """Leaves one token: the one where the distribution passes the request's own random number."""

    def __init__(self, seed: int | None) -> None:
        self._random = random.Random(seed)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002
        """Return (1, vocab) scores that are -inf everywhere else."""
        wanted = self._random.random()
        passed = itertools.accumulate(scores[0].double().softmax(-1).tolist())
        token = next((token for token, mass in enumerate(passed) if mass > wanted), scores.shape[1] - 1)
        only = torch.full_like(scores, float("-inf"))
        only[0, token] = 0
        return only
