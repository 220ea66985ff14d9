"""From a conversation to token ids: the one renderer of training and serving.

Knows chat templates and where a reply begins. Does not know tensors, sampling or who is imitated.
Promise: ``encode_reply(t, c)[0] == encode(t, c without its last turn)``: training sees what serving sends, plus the
answer.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from jinja2 import TemplateError

from model.base import MINI
from model.conversation import Conversation, Role, Turn

_TEMPLATES = Path(__file__).parent / "templates"
_QUOTE_MARK = "先輩「"
_LLAMA2_MARK = "<<SYS>>"
_GENERIC_MARK = "先輩："
_LLAMA2_NAMES = ("elyza", "llama-2")
_LLAMA2_CONTROLS = ("<<SYS>>", "<</SYS>>", "[INST]", "[/INST]")
_MARKS_REPLIES = re.compile(r"\{%-?\s*generation\b")


class PromptError(ValueError):
    """The conversation cannot be rendered for this tokenizer."""


class Tokenizer(Protocol):
    """The part of a transformers tokenizer that rendering needs."""

    chat_template: Any
    eos_token_id: int | None
    added_tokens_decoder: Any

    def apply_chat_template(self, conversation: Any, **kwargs: Any) -> Any:
        """Render messages."""

    def encode(self, text: str, **kwargs: Any) -> list[int]:
        """Return the ids of a text."""

    def decode(self, token_ids: Any, **kwargs: Any) -> Any:
        """Return the text of ids."""


def encode(tokenizer: Tokenizer, conversation: Conversation) -> list[int]:
    """Return the ids a model reads before it writes the next assistant turn.

    Control tokens inside a turn's text are removed, so that nobody can speak as someone else.
    Raises PromptError for a conversation without turns.
    """
    return _ids(tokenizer, _render(tokenizer, conversation, to_answer=True))


def encode_reply(tokenizer: Tokenizer, conversation: Conversation) -> tuple[list[int], list[int]]:
    """Return (prompt ids, reply ids ending in EOS) of a conversation whose last turn is the assistant's.

    The prompt is exactly ``encode`` of the earlier turns. Where the tokenizer would merge across the seam, the reply is
    encoded by itself. Raises PromptError when the last turn is another's or stands alone.
    """
    if not conversation.turns or conversation.turns[-1].role is not Role.ASSISTANT:
        raise PromptError("A training conversation must end with an assistant turn.")
    before = Conversation(conversation.turns[:-1])
    prompt_text = _render(tokenizer, before, to_answer=True)
    whole_text = _render(tokenizer, conversation, to_answer=False)
    if not whole_text.startswith(prompt_text):
        raise PromptError("The chat template rewrites earlier turns: install one of ours with install_template.")
    prompt, whole = _ids(tokenizer, prompt_text), _ids(tokenizer, whole_text)
    is_prefix = whole[: len(prompt)] == prompt
    reply = whole[len(prompt) :] if is_prefix else _ids(tokenizer, whole_text[len(prompt_text) :])
    return prompt, _until_eos(reply, tokenizer.eos_token_id)


def install_template(tokenizer: Tokenizer, base_name: str) -> None:
    """Set ``tokenizer.chat_template`` to the form this base was trained on, or to the nearest of ours.

    A base's own template stays when it marks replies, or at least writes a reply behind its prompt and changes nothing
    before it. Llama 2 gets ours, which marks replies; a tokenizer that cannot write a newline gets quotes.
    """
    own = tokenizer.chat_template or ""
    if base_name == MINI or _MARKS_REPLIES.search(own):
        return
    if _LLAMA2_MARK in own or any(name in base_name.lower() for name in _LLAMA2_NAMES):
        name = "llama2"
    elif "\n" not in tokenizer.decode(_ids(tokenizer, "あ\nい")):
        name = "rinna"
    elif own and _appends(tokenizer):
        return
    else:
        name = "generic"
    tokenizer.chat_template = (_TEMPLATES / f"{name}.jinja").read_text("utf-8")


def stop_strings(tokenizer: Tokenizer) -> tuple[str, ...]:
    """Return strings, besides EOS, that end a reply in the installed template."""
    template = tokenizer.chat_template or ""
    if _QUOTE_MARK in template:
        return ("」",)
    if _LLAMA2_MARK in template:
        return ("[INST]",)
    return ("\nユーザー：",) if _GENERIC_MARK in template else ()


def _appends(tokenizer: Tokenizer) -> bool:
    """Return whether the tokenizer's template takes a system turn and only ever appends."""
    turns = (Turn(Role.SYSTEM, "a"), Turn(Role.USER, "b"), Turn(Role.ASSISTANT, "c"))
    try:
        encode_reply(tokenizer, Conversation(turns).then(Role.USER, "d").then(Role.ASSISTANT, "e"))
    except (PromptError, TemplateError):
        return False
    return True


def _render(tokenizer: Tokenizer, conversation: Conversation, *, to_answer: bool) -> str:
    if not conversation.turns:
        raise PromptError("A conversation needs at least one turn before the reply.")
    controls, normalise = _control_pattern(tokenizer), _normaliser(tokenizer)
    turns = tuple(Turn(turn.role, _clean(turn.text, controls, normalise)) for turn in conversation.turns)
    messages = Conversation(turns).to_messages()
    text: str = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=to_answer)
    return text


def _control_pattern(tokenizer: Tokenizer) -> re.Pattern[str]:
    controls = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    if _LLAMA2_MARK in (tokenizer.chat_template or ""):
        controls.update(_LLAMA2_CONTROLS)
    return re.compile("|".join(re.escape(control) for control in sorted(controls)) or r"(?!)")


def _clean(text: str, controls: re.Pattern[str], normalise: Callable[[str], str]) -> str:
    """Remove control tokens until the tokenizer sees none, also those around another or spelt in wide letters."""
    while True:
        shorter = controls.sub("", text)
        if shorter == text and not controls.search(normalise(text)):
            return text.strip()
        text = shorter if shorter != text else normalise(text)


def _normaliser(tokenizer: Tokenizer) -> Callable[[str], str]:
    """Return what the tokenizer does to a text before it looks for tokens (rinna's makes ＜/s＞ an EOS)."""
    normalizer = getattr(getattr(tokenizer, "backend_tokenizer", None), "normalizer", None)
    return normalizer.normalize_str if normalizer else lambda text: text


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False))


def _until_eos(reply: list[int], eos: int | None) -> list[int]:
    """Cut what a template writes behind EOS (a newline, say), or add an EOS that it forgot."""
    if eos is None:
        raise PromptError("The tokenizer has no EOS token: a model could never learn to stop.")
    return reply[: reply.index(eos) + 1] if eos in reply else [*reply, eos]
