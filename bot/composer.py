"""What the persona says to one message: asks the worker, looks at the answer, asks once more when it is unusable.

Knows persona, facts, history and guards. Does not know order, delivery or commands.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import guards
from bot.completions import (
    Overrides,
    Part,
    PromptTooLong,
    UnknownCheckpoint,
    Worker,
    WorkerBusy,
    WorkerUnreachable,
)
from bot.composed import Composed
from bot.current import CurrentCheckpoint
from bot.i18n import Sentences
from bot.message import IncomingMessage
from bot.metrics import BotMetrics
from bot.strength import USUAL
from bot.unfolding import Show, Unfolding, show_nothing
from bot.waking import Trouble, WorkerPatience
from model.conversation import Conversation, Role, Turn
from model.recall import asked_cards, recall, without_utterances

if TYPE_CHECKING:
    from bot.history import History

log = logging.getLogger(__name__)

AWAY_S = 0.5
"""Between two looks for a worker that is away."""
NUM_SAID_LATELY = 20
"""An utterance the bot has repeated in so many answers is not shown again."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to ask: sampling laid over the persona's, and whether its utterances may stand in the prompt."""

    overrides: Overrides
    has_examples: bool


FIRST_TRY = Attempt({}, has_examples=True)
SECOND_TRY = Attempt({"repetition_penalty": 1.3, "no_repeat_ngram_size": 4, "temperature": 1.0}, has_examples=False)
"""What usually gets a small model out of a loop, to say anything at all, or to say it in its own words."""

SURER_TRY = Attempt({"temperature": 0.0}, has_examples=True)
"""What usually makes it say what its cards say (docs/experiments.md)."""

NUM_TRIES = 2


@dataclass(frozen=True, slots=True)
class Asking:
    """One message on its way to the worker; ``question`` is its text as the model is to read it."""

    message: IncomingMessage
    question: str
    history: tuple[Turn, ...]
    attempt: Attempt
    show: Show


class Composer:
    """Composes answers. ``max_history_chars`` is an estimate; the worker's own refusal is what decides.

    ``overrides`` are laid over the persona's sampling in every request, also in the second try; ``strength`` returns
    how much of the adapter is wanted now.
    """

    def __init__(
        self,
        *,
        worker: Worker,
        current: CurrentCheckpoint,
        history: "History",
        sentences: Sentences,
        overrides: Overrides | None = None,
        strength: Callable[[], float] = lambda: USUAL,
        metrics: BotMetrics | None = None,
        max_history_chars: int = 1600,
        patience: WorkerPatience | None = None,
    ) -> None:
        self._worker = worker
        self._current = current
        self._history = history
        self._sentences = sentences
        self._overrides = overrides or {}
        self._strength = strength
        self._metrics = metrics or BotMetrics()
        self._max_history_chars = max_history_chars
        self._patience = patience or WorkerPatience()

    async def compose(self, message: IncomingMessage, show: Show = show_nothing) -> Composed:
        """Return what to say; ``show`` is told what of it is certain while it is being said.

        Raises WorkerError when the worker could not be moved to answer, PersonaError and FactsError.
        """
        composed = await self._permitted(message, show)
        self._metrics.count(composed)
        log.info("%s %s by %s, %d tokens", message.key, composed.outcome, composed.checkpoint, composed.num_tokens)
        return composed

    async def _permitted(self, message: IncomingMessage, show: Show) -> Composed:
        """Answer for a person who agreed to that, on this platform and today; the consent is read for each message."""
        if self._current.refusal(message.platform):
            log.error("%s: the consent does not cover %s today", message.key, message.platform)
            return self._own_words(self._sentences.say("no_consent"), is_usable=False)
        return self._truth() if guards.asks_if_ai(message.text) else await self._guarded(message, show)

    def _own_words(self, text: str, *, is_usable: bool) -> Composed:
        """Return what the bot itself says, without asking the model."""
        checkpoint = self._current.read().checkpoint
        return Composed(text=text, is_usable=is_usable, checkpoint=checkpoint, finish_reason="stop", num_tokens=0)

    def _truth(self) -> Composed:
        """Say what is speaking, whatever the model would have said."""
        name, consent = self._current.read().persona.name, self._current.consent()
        text = (
            self._sentences.say("i_am_ai", persona=name, person=consent.person)
            if consent
            else self._sentences.say("i_am_ai_of_nobody", persona=name)
        )
        return self._own_words(text, is_usable=True)

    async def _guarded(self, message: IncomingMessage, show: Show) -> Composed:
        """Ask, look, and ask once more; then take what is only out of tune, what the persona's cards say, or the bot's
        own way out.
        """
        tries: list[Composed] = []
        verdicts: list[guards.Fault] = []
        attempt = FIRST_TRY
        while len(tries) < NUM_TRIES:
            composed, scene = await self._fitted(message, attempt, show)
            text = guards.presentable(composed.text, composed.finish_reason)
            tries.append(replace(composed, text=text))
            fault = await asyncio.to_thread(guards.fault, text, scene)
            if fault is None:
                return replace(tries[-1], verdicts=tuple(verdicts))
            log.warning("%s: the answer was %s", message.key, fault)
            verdicts.append(fault)
            attempt = SURER_TRY if fault.is_about_cards else SECOND_TRY
        out_of_tune = [
            one
            for one, verdict in zip(tries, verdicts, strict=True)
            if verdict.is_bearable and not verdict.is_about_cards
        ]
        if out_of_tune:
            return replace(out_of_tune[-1], verdicts=tuple(verdicts))
        if any(verdict.is_about_cards for verdict in verdicts):
            told = guards.plainly(scene.asked, scene.persona.unknown)
            return replace(tries[-1], text=told, verdicts=tuple(verdicts))
        text = self._sentences.say("speechless")
        return replace(tries[-1], text=text, is_usable=False, verdicts=tuple(verdicts))

    def _wished(self) -> Overrides:
        """Return what an administrator wants otherwise; a server that knows no strength is not asked for the usual."""
        strength = self._strength()
        return {} if strength == USUAL else {"strength": strength}

    async def _fitted(self, message: IncomingMessage, attempt: Attempt, show: Show) -> tuple[Composed, guards.Scene]:
        """Ask with half of the history, and half of that, until the prompt fits."""
        max_chars, question = self._max_history_chars, await self._history.question(message)
        while True:
            history = await self._history.recent(message.conversation, max_chars, without=message.instead_of)
            try:
                return await self._patient(Asking(message, question, history, attempt, show))
            except PromptTooLong:
                if not history and question == message.text:
                    raise
                question = message.text
                max_chars = min(max_chars, sum(len(turn.text) for turn in history)) // 2
                log.info("%s: prompt too long, history cut to %d characters", message.key, max_chars)

    async def _patient(self, asking: Asking) -> tuple[Composed, guards.Scene]:
        """Ask again while the worker is busy, loading or away, for as long as that may go on."""
        has_reread, trouble = False, Trouble(self._patience)
        while True:
            await self._current.refresh()
            try:
                return await self._ask(asking)
            except UnknownCheckpoint:
                if has_reread:
                    raise
                has_reread = True
            except (WorkerBusy, WorkerUnreachable) as error:
                delay_s = error.retry_after_s if isinstance(error, WorkerBusy) else AWAY_S
                if trouble.left_s(error, time.monotonic()) < delay_s:
                    raise
                await asyncio.sleep(delay_s)

    async def _ask(self, asking: Asking) -> tuple[Composed, guards.Scene]:
        answering, message, history, attempt = self._current.read(), asking.message, asking.history, asking.attempt
        persona = answering.persona
        said_lately = [turn.text for turn in history if turn.role is Role.ASSISTANT][-NUM_SAID_LATELY:]
        recalled = await asyncio.to_thread(
            recall, persona, answering.facts, message.text, said_lately, around=message.context
        )
        facts = recalled if attempt.has_examples else without_utterances(persona, recalled)
        system = persona.system_text(facts)
        conversation = Conversation((Turn(Role.SYSTEM, system), *history, Turn(Role.USER, asking.question)))
        stream = self._worker.stream(
            conversation,
            checkpoint=answering.checkpoint,
            author=message.author_id,
            overrides={**attempt.overrides, **self._wished(), **self._overrides},
        )
        scene = guards.Scene(
            persona=persona,
            facts=answering.facts,
            history=history,
            asked=asked_cards(persona, message.text, recalled),
        )
        parts, unfolding = list[Part](), Unfolding(asking.show, scene)
        async with aclosing(stream):
            async for part in stream:
                parts.append(part)
                await unfolding.hear(part.text)
        composed = replace(
            _joined(answering.checkpoint, parts),
            system=system,
            num_history=len(history),
            facts=tuple(fact.text for fact in facts),
        )
        return composed, scene


def _joined(checkpoint: str, parts: Sequence[Part]) -> Composed:
    return Composed(
        text="".join(part.text for part in parts),
        checkpoint=checkpoint,
        finish_reason=next((part.finish_reason for part in parts if part.finish_reason), "stop"),
        num_tokens=max((part.num_tokens for part in parts), default=0),
    )
