"""Chooses the next token of every row at once, each by its own numbers.

Knows logits, the tokens so far and Sampling. Does not know rows of the cache, adapters or text.
Penalties mean what they mean in transformers (repetition, n-grams: over prompt and answer) and in OpenAI's API
(frequency, presence: over the answer alone).
"""

from collections.abc import Sequence as Rows
from dataclasses import dataclass

import torch
from torch import Tensor

from model.sampling import Sampling

_NEVER = float("-inf")
_CANDIDATES = 256  # top_p rarely needs more; when it does, all of the vocabulary is sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What the sampler is told, one entry a row: ``tokens`` (rows, longest), lengths, samplings and random numbers."""

    tokens: Tensor
    num_tokens: Tensor
    num_prompt_tokens: Tensor
    samplings: Rows[Sampling]
    draws: Rows[float]


def sample(logits: Tensor, batch: Batch) -> list[int | None]:
    """Return the next token of each row; None where the logits are not finite.

    ``logits``: (rows, vocab). ``draws``: one number in [0, 1) a row, which alone decides among what may be drawn.
    """
    scores = logits.float()
    best, likeliest = scores.max(-1)
    is_finite = best.isfinite().tolist()
    tokens = likeliest if all(map(_is_plain, batch.samplings)) else _choose(scores, batch)
    return [token if fine else None for token, fine in zip(tokens.tolist(), is_finite, strict=True)]


def _is_plain(sampling: Sampling) -> bool:
    """Return whether simply the most likely token is wanted."""
    penalties = (sampling.frequency_penalty, sampling.presence_penalty, sampling.no_repeat_ngram_size)
    return sampling.temperature == 0 and sampling.repetition_penalty == 1 and not any(penalties)


def _choose(scores: Tensor, batch: Batch) -> Tensor:
    """Return each row's token by its own numbers."""
    scores = _penalise(scores.nan_to_num(), batch)
    greedy = scores.argmax(-1)
    if all(sampling.temperature == 0 for sampling in batch.samplings):
        return greedy
    drawn = _draw(_warp(scores, batch.samplings), scores.new_tensor(batch.draws))
    is_greedy = _column([sampling.temperature == 0 for sampling in batch.samplings], scores)[:, 0].bool()
    return torch.where(is_greedy, greedy, drawn)


def _penalise(scores: Tensor, batch: Batch) -> Tensor:
    column = torch.arange(batch.tokens.shape[1], device=scores.device)[None]
    is_token = column < batch.num_tokens[:, None]
    if any(sampling.repetition_penalty != 1 for sampling in batch.samplings):
        scores = _penalise_repetition(scores, batch, is_token)
    if any(sampling.frequency_penalty or sampling.presence_penalty for sampling in batch.samplings):
        is_answer = is_token & (column >= batch.num_prompt_tokens[:, None])
        counts = torch.zeros_like(scores).scatter_add_(1, batch.tokens, is_answer.to(scores.dtype))
        frequency = _column([sampling.frequency_penalty for sampling in batch.samplings], scores)
        presence = _column([sampling.presence_penalty for sampling in batch.samplings], scores)
        scores = scores - counts * frequency - (counts > 0) * presence
    for size in {sampling.no_repeat_ngram_size for sampling in batch.samplings} - {0}:
        _ban_repeats(scores, batch, size)
    return scores


def _penalise_repetition(scores: Tensor, batch: Batch, is_token: Tensor) -> Tensor:
    """Make tokens that occurred less likely (arXiv:1909.05858)."""
    seen = torch.zeros_like(scores).scatter_add_(1, batch.tokens, is_token.to(scores.dtype)) > 0
    penalty = _column([sampling.repetition_penalty for sampling in batch.samplings], scores)
    penalised = torch.where(scores < 0, scores * penalty, scores / penalty)
    return torch.where(seen, penalised, scores)


def _ban_repeats(scores: Tensor, batch: Batch, size: int) -> None:
    """Forbid, in place, each token that would complete an n-gram of ``size`` that the row holds already."""
    for row, sampling in enumerate(batch.samplings):
        tokens = batch.tokens[row, : int(batch.num_tokens[row])]
        if sampling.no_repeat_ngram_size != size or len(tokens) < size:
            continue
        grams = tokens.unfold(0, size, 1)  # (number of n-grams, size)
        last = tokens[len(tokens) - size + 1 :]
        scores[row, grams[(grams[:, :-1] == last).all(1), -1]] = _NEVER


def _warp(scores: Tensor, samplings: Rows[Sampling]) -> Tensor:
    """Apply temperature, then top-k, then top-p; what may not be drawn becomes -inf."""
    scores = scores / _column([sampling.temperature or 1.0 for sampling in samplings], scores)
    vocab = scores.shape[1]
    top_k = _column([sampling.top_k or vocab for sampling in samplings], scores).long().clamp(max=vocab)
    top_p = _column([sampling.top_p for sampling in samplings], scores)
    if bool((top_k < vocab).any()):
        best = scores.topk(int(top_k[top_k < vocab].max())).values
        least = best.gather(1, top_k.clamp(max=best.shape[1]) - 1)
        scores = scores.masked_fill((scores < least) & (top_k < vocab), _NEVER)
    if bool((top_p < 1).any()):
        scores = _nucleus(scores, top_p)
    return scores


def _nucleus(scores: Tensor, top_p: Tensor) -> Tensor:
    """Keep the most likely tokens until ``top_p`` of the mass is reached (arXiv:1904.09751)."""
    probs = scores.softmax(-1)
    best = probs.topk(min(_CANDIDATES, probs.shape[1])).values
    if bool((best.sum(-1, keepdim=True) < top_p).any()):
        best = probs.sort(descending=True).values
    is_kept = (best.cumsum(-1) - best) < top_p
    least = best.gather(1, is_kept.sum(-1, keepdim=True) - 1)
    return scores.masked_fill(probs < least, _NEVER)


def _draw(scores: Tensor, draws: Tensor) -> Tensor:
    """Return the token where the distribution, in the order of the vocabulary, passes each row's random number.

    No sorting here: a neighbour may change a logit's last bit, and that must not swap two tokens.
    """
    mass = scores.softmax(-1).cumsum(-1, dtype=torch.float64)
    wanted = draws.double()[:, None] * mass[:, -1:]
    return torch.searchsorted(mass, wanted, right=True).clamp(max=scores.shape[1] - 1)[:, 0]


def _column(values: Rows[float], like: Tensor) -> Tensor:
    return like.new_tensor(values)[:, None]
