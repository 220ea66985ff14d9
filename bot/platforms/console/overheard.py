"""A worker that lets the console hear what its own author's questions are answered, while it is being said.

Knows the author of the console. Changes nothing that goes to anybody else's answers.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from bot.completions import Overrides, Part, Worker
from bot.platforms.console.room import AUTHOR_ID, Asked, Room
from model.conversation import Conversation
from model.protocol import Status, Swapped


class Overheard:
    """Passes everything on to ``worker``, and what is said to the console's author to ``room`` as well."""

    def __init__(self, worker: Worker, room: Room) -> None:
        self._worker = worker
        self._room = room

    async def stream(
        self, conversation: Conversation, *, checkpoint: str, author: str, overrides: Overrides
    ) -> AsyncGenerator[Part, None]:
        """Yield the completion in parts as they come."""
        is_ours = author == AUTHOR_ID
        if is_ours and self._room.strength is not None:
            overrides = {**overrides, "strength": self._room.strength}
        parts = self._worker.stream(conversation, checkpoint=checkpoint, author=author, overrides=overrides)
        has_begun = False
        async with aclosing(parts):
            async for part in parts:
                if is_ours and not has_begun:  # a worker that does not answer yet was given nothing
                    self._room.begins(Asked(checkpoint=checkpoint, conversation=conversation, overrides=overrides))
                    has_begun = True
                if is_ours:
                    self._room.hears(part.text)
                yield part

    async def status(self) -> Status:
        """Return what the worker is doing."""
        return await self._worker.status()

    async def models(self) -> list[str]:
        """Return the names of the checkpoints that can be asked for."""
        return await self._worker.models()

    async def use(self, checkpoint: str, *, who: str, force: bool) -> Swapped:
        """Let another checkpoint answer from now on."""
        return await self._worker.use(checkpoint, who=who, force=force)

    async def rollback(self, *, who: str) -> Swapped:
        """Return to the checkpoint that answered before."""
        return await self._worker.rollback(who=who)
