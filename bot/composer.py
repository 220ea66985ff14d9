"""What the persona says to one message: asks the worker, looks at the answer, asks once more when it is unusable.

Knows persona, facts, history and guards. Does not know order, delivery or commands.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from bot import guards
from bot.completions import (
    Overrides,
    Part,
    PromptTooLong,
    UnknownCheckpoint,
    Worker,
    WorkerBusy,
    WorkerError,
    WorkerUnreachable,
)
from bot.composed import Composed
from bot.current import Answering, CurrentCheckpoint
from bot.i18n import Sentences
from bot.message import IncomingMessage
from bot.recall import recall
from bot.unfolding import Show, Unfolding, show_nothing
from model.conversation import Conversation, Role, Turn

if TYPE_CHECKING:
    from bot.history import History

log = logging.getLogger(__name__)

FIRST_TRY: Overrides = {}
SECOND_TRY: Overrides = {"repetition_penalty": 1.3, "no_repeat_ngram_size": 4, "temperature": 1.0}
"""What usually gets a small model out of a loop, or to say anything at all."""


class Composer:
    """Composes answers. ``max_history_chars`` is an estimate; the worker's own refusal is what decides.

    ``overrides`` are laid over the persona's sampling in every request, also in the second try.
    """

    def __init__(
        self,
        *,
        worker: Worker,
        current: CurrentCheckpoint,
        history: "History",
        sentences: Sentences,
        overrides: Overrides = FIRST_TRY,
        max_history_chars: int = 1600,
        patience_s: float = 15.0,
    ) -> None:
        self._worker = worker
        self._current = current
        self._history = history
        self._sentences = sentences
        self._overrides = overrides
        self._max_history_chars = max_history_chars
        self._patience_s = patience_s

    async def compose(self, message: IncomingMessage, show: Show = show_nothing) -> Composed:
        """Return what to say; ``show`` is told what of it is certain while it is being said.

        Raises WorkerError when the worker could not be moved to answer, and PersonaError.
        """
        verdicts: list[str] = []
        for overrides in (FIRST_TRY, SECOND_TRY):
            composed = await self._fitted(message, {**overrides, **self._overrides}, show)
            text = guards.clean(composed.text)
            if composed.finish_reason == "length":
                text = guards.whole_sentences(text)
            fault = guards.fault(text)
            if fault is None:
                log.info("%s answered by %s, %d tokens", message.key, composed.checkpoint, composed.num_tokens)
                return replace(composed, text=text, verdicts=tuple(verdicts))
            log.warning("%s: the answer was %s", message.key, fault)
            verdicts.append(fault)
        text = self._sentences.say("speechless")
        return replace(composed, text=text, is_usable=False, verdicts=tuple(verdicts))

    async def _fitted(self, message: IncomingMessage, overrides: Overrides, show: Show) -> Composed:
        """Ask with half of the history, and half of that, until the prompt fits."""
        max_chars, question = self._max_history_chars, await self._history.question(message)
        while True:
            history = await self._history.recent(message.conversation, max_chars)
            try:
                return await self._patient(replace(message, text=question), history, overrides, show)
            except PromptTooLong:
                if not history and question == message.text:
                    raise
                question = message.text
                max_chars = min(max_chars, sum(len(turn.text) for turn in history)) // 2
                log.info("%s: prompt too long, history cut to %d characters", message.key, max_chars)

    async def _patient(
        self, message: IncomingMessage, history: tuple[Turn, ...], overrides: Overrides, show: Show
    ) -> Composed:
        """Ask again while the worker is busy, restarting or swapping, for as long as a person would wait."""
        deadline = time.monotonic() + self._patience_s
        has_reread = False
        while True:
            try:
                return await self._ask(message, self._current.read(), history, overrides, show)
            except UnknownCheckpoint:
                if has_reread:
                    raise
                has_reread = True
            except (WorkerBusy, WorkerUnreachable) as error:
                await _pause(error, deadline)

    async def _ask(
        self,
        message: IncomingMessage,
        answering: Answering,
        history: tuple[Turn, ...],
        overrides: Overrides,
        show: Show,
    ) -> Composed:
        persona = answering.persona
        facts = recall(persona, message.text)
        system = persona.system_text(facts)
        conversation = Conversation((Turn(Role.SYSTEM, system), *history, Turn(Role.USER, message.text)))
        stream = self._worker.stream(
            conversation, checkpoint=answering.checkpoint, author=message.author_id, overrides=overrides
        )
        parts, unfolding = list[Part](), Unfolding(show)
        async with aclosing(stream):
            async for part in stream:
                parts.append(part)
                unfolding.hear(part.text)
        return replace(
            _joined(answering.checkpoint, parts),
            system=system,
            num_history=len(history),
            facts=tuple(fact.text for fact in facts),
        )


def _joined(checkpoint: str, parts: Sequence[Part]) -> Composed:
    return Composed(
        text="".join(part.text for part in parts),
        checkpoint=checkpoint,
        finish_reason=next((part.finish_reason for part in parts if part.finish_reason), "stop"),
        num_tokens=max((part.num_tokens for part in parts), default=0),
    )


async def _pause(error: WorkerError, deadline: float) -> None:
    """Wait as long as the worker asked for; raise the error instead when that would be past the deadline."""
    delay_s = error.retry_after_s if isinstance(error, WorkerBusy) else 1.0
    if time.monotonic() + delay_s > deadline:
        raise error
    await asyncio.sleep(delay_s)
