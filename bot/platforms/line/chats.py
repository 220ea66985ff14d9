"""What is open in each chat: questions without an answer, and reply tokens not used yet. Bookkeeping: sends nothing.

Any token of a chat may carry any answer of that chat. LINE gives one with every event and takes it once, within a
minute; so an answer that missed its own minute goes out with the next event's token, and costs no push.

Invariants:
- a token is handed out once, and never comes back
- a chat with nothing open holds no tokens and is forgotten
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.message import IncomingMessage


@dataclass(slots=True)
class Question:
    """A message that waits for its answer.

    ``token`` is kept from an attempt that will be repeated; ``is_doubtful`` says that this attempt may have arrived.
    ``is_pushed`` says that the answer went the other way, by push, and must stay there.
    """

    message_id: str | None
    token: str | None = None
    is_doubtful: bool = False
    is_pushed: bool = False


@dataclass(slots=True)
class Chat:
    """One chat. ``has_button`` says that its authors were shown a button that fetches the answer.

    ``places`` tells, by a waiting message's own token, what it waits for. ``has_token`` wakes a delivery that waits for
    a token, or for nothing any more.
    """

    questions: dict[str, Question] = field(default_factory=dict)
    has_button: bool = False
    places: dict[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)
    has_token: asyncio.Event = field(default_factory=asyncio.Event)
    _tokens: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def num_unserved(self) -> int:
        """How many questions have no token to be answered with."""
        with_token = sum(question.token is not None for question in self.questions.values())
        return len(self.questions) - with_token - len(self._tokens)

    def add_token(self, token: str) -> bool:
        """Keep a token; False when it was here before."""
        if token in self._seen:
            return False
        self._seen.add(token)
        self._tokens.append(token)
        self.has_token.set()
        return True

    def take_token(self, wanted: str | None = None) -> str | None:
        """Return a token for use, the oldest if none is ``wanted``; None when it is not here any more."""
        token = wanted or next(iter(self._tokens), None)
        if token not in self._tokens:
            return None
        self._tokens.remove(token)
        return token

    def withdraw(self, message_id: str) -> None:
        """Close a question its author took back."""
        for key, question in list(self.questions.items()):
            if question.message_id == message_id:
                del self.questions[key]
                self.has_token.set()


class Chats:
    """The chats in which something is open."""

    def __init__(self) -> None:
        self._chats: dict[str, Chat] = {}

    def find(self, chat_id: str) -> Chat | None:
        """Return a chat in which something is open."""
        return self._chats.get(chat_id)

    def message_ids(self, chat_id: str) -> list[str]:
        """Return the messages that wait for an answer in a chat."""
        chat = self._chats.get(chat_id)
        return [question.message_id for question in chat.questions.values() if question.message_id] if chat else []

    def open(self, chat_id: str) -> Chat:
        """Return a chat, open from now on; whoever opens it settles it."""
        return self._chats.setdefault(chat_id, Chat())

    def is_expected(self, message: IncomingMessage) -> bool:
        """Tell whether this message waits for its answer."""
        chat = self._chats.get(message.conversation_id)
        return chat is not None and message.key in chat.questions

    def expect(self, message: IncomingMessage) -> Chat:
        """Open a question and return its chat."""
        chat = self.open(message.conversation_id)
        chat.questions.setdefault(message.key, Question(message.message_id))
        return chat

    def settle(self, message: IncomingMessage) -> None:
        """Close a question; the chat is forgotten with its last one."""
        if chat := self._chats.get(message.conversation_id):
            chat.questions.pop(message.key, None)
            self._forget_if_quiet(message.conversation_id)

    def withdraw(self, chat_id: str, message_id: str) -> None:
        """Close a question its author took back."""
        if chat := self._chats.get(chat_id):
            chat.withdraw(message_id)
            self._forget_if_quiet(chat_id)

    def _forget_if_quiet(self, chat_id: str) -> None:
        if not self._chats[chat_id].questions:
            del self._chats[chat_id]
