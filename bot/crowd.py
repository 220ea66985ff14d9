"""What becomes of a message that cannot be answered at once: its place, how long it will take, or one too many.

Knows who waits in a conversation and how long answers took lately. Does not know how people are told.
"""

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from bot.completions import Worker, WorkerBusy, WorkerError
from bot.i18n import Sentences
from bot.message import IncomingMessage
from bot.waking import WorkerPatience

if TYPE_CHECKING:
    from bot.inbox import Inbox

FIRST_GUESS_S = 10.0
"""How long an answer takes, before the first one was measured."""
SMOOTHING = 0.2
ROUNDED_TO_S = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message behind ``num_ahead`` others of its conversation, the running one included."""

    message: IncomingMessage
    num_ahead: int
    is_one_too_many: bool


class Crowd:
    """``max_waiting`` messages of one author may wait beyond the one that is being answered."""

    def __init__(
        self, *, inbox: "Inbox", worker: Worker, sentences: Sentences, max_waiting: int, patience: WorkerPatience
    ) -> None:
        self._patience = patience
        self._inbox = inbox
        self._worker = worker
        self._sentences = sentences
        self._max_waiting = max_waiting
        self._answer_s = FIRST_GUESS_S
        self._is_measured = False

    def took(self, seconds: float) -> None:
        """Learn how long one answer took."""
        weight = SMOOTHING if self._is_measured else 1.0
        self._answer_s += weight * (seconds - self._answer_s)
        self._is_measured = True

    async def place(self, conversation: str, message_key: str) -> Waiting | None:
        """Return where a message stands that arrived while another is being answered; None when it is its turn."""
        line = await self._inbox.waiting(conversation)
        place = next((index for index, message in enumerate(line) if message.key == message_key), 0)
        if not place:
            return None
        message = line[place]
        num_own = sum(other.author_id == message.author_id for other in line[1:place])
        return Waiting(message, place, is_one_too_many=num_own >= self._max_waiting)

    async def told(self, message: IncomingMessage) -> str:
        """Return what the author of a message is told now."""
        waiting = await self.place(message.conversation, message.key)
        return await self.sentence(waiting.num_ahead if waiting else 0)

    async def sentence(self, num_ahead: int) -> str:
        """Return what somebody behind so many others is told; "" where nobody is ahead and nothing is in the way."""
        queue, answer_s, retry_after_s, is_swapping = 0, self._answer_s, 0.0, False
        try:
            status = await self._worker.status()
            queue, answer_s = status.queue, self._answer_s * (1 + status.queue / max(status.running, 1))
            is_swapping = status.swapping is not None
        except WorkerError as error:  # where it tells nothing, the conversation's own line is all there is to tell
            if self._patience.is_waking(error):
                return self._sentences.say("waking")
            retry_after_s = error.retry_after_s if isinstance(error, WorkerBusy) else 0.0
        place = num_ahead + queue + 1
        if place == 1:
            return self._sentences.say("changing") if is_swapping else ""
        seconds = max(answer_s * (num_ahead or 1), retry_after_s)
        rounded = ROUNDED_TO_S * ceil(seconds / ROUNDED_TO_S)
        return self._sentences.say("waiting", place=place, seconds=rounded)
