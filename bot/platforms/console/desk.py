"""What the console's pages may use: the parts of the bot they are handed, and who is asking. Knows no page."""

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.commands import CommandCall, Commands
from bot.composer import Composer
from bot.current import DEFAULT_PERSONA, CurrentCheckpoint
from bot.elsewhere import Elsewhere
from bot.inbox import Inbox
from bot.message import IncomingMessage, Platform
from bot.platforms.console.room import AUTHOR_ID, CONVERSATION_ID, Room
from bot.platforms.console.senpai_command import LongCommand
from bot.policy import Policy
from bot.quiz import Quiz
from bot.ratings import Ratings, Thumb
from bot.store import Store
from bot.strength import Strength
from bot.vitals import VitalSigns
from model.persona import PersonaError
from model.votes import Votes


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything a page asks for."""

    home: Path
    room: Room
    inbox: Inbox
    store: Store
    worker: Elsewhere
    commands: Commands
    current: CurrentCheckpoint
    ratings: Ratings
    composer: Composer
    policy: Policy
    quiz: Quiz
    votes: Votes
    vital_signs: VitalSigns
    training: LongCommand
    strength: Strength
    deciding: asyncio.Lock = field(default_factory=asyncio.Lock)  # one page at a time writes decisions about data

    @property
    def persona_name(self) -> str:
        """Who answers now; a page is shown also while that persona's file is unusable."""
        try:
            return self.current.read().persona.name
        except PersonaError:
            return DEFAULT_PERSONA.name

    async def ask(self, text: str) -> None:
        """Take in what the builder says, as any platform's message."""
        message = IncomingMessage(
            platform=Platform.CONSOLE,
            event_id=secrets.token_hex(16),
            conversation_id=CONVERSATION_ID,
            author_id=AUTHOR_ID,
            text=text,
            sent_at=datetime.now(UTC),
            is_direct=True,
            is_addressed=True,
            is_admin=True,
        )
        self.room.asked(message.key, text)
        try:
            await self.inbox.accept(message)
        except BaseException:
            self.room.forget(message.key)
            raise

    async def take_back(self, key: str) -> None:
        """Forget a question and its answer, and stop an answer that is being written."""
        await self.inbox.withdraw(Platform.CONSOLE, key.partition(":")[2])
        self.room.forget(key)

    async def require_consent(self, *names: str) -> None:
        """Return when each of these checkpoints, or the current one, may answer here today. Raises ConsentError."""
        await self.current.refresh()
        for name in names or (None,):
            if refusal := self.current.refusal(Platform.CONSOLE, name):
                raise refusal

    async def rate(self, key: str, value: Thumb) -> bool:
        """Keep the builder's thumb for an answer; False when it is no longer remembered."""
        return await self.ratings.rate(Platform.CONSOLE, key, AUTHOR_ID, value)

    async def thumbs(self) -> dict[str, Thumb]:
        """Return the builder's thumbs by the keys of the exchanges."""
        return await self.ratings.given(Platform.CONSOLE, AUTHOR_ID)

    async def command(self, *words: str) -> str:
        """Run a row of the command table as the administrator at this machine; returns the sentence for them."""
        call = CommandCall(
            platform=Platform.CONSOLE,
            conversation=f"{Platform.CONSOLE}:{CONVERSATION_ID}",
            author_id=AUTHOR_ID,
            is_admin=True,
            is_direct=True,
            words=words,
        )
        return await self.commands.run(call)
