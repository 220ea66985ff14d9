"""What authors and administrators can ask of the bot itself: one table for every platform.

Knows names, arguments and who may. Does not know how a platform shows a command. A text message such as
``/model use NAME`` runs through the inbox like any other, and the responder answers it from here; doors with commands
of their own (Discord's slash commands) call ``run`` and show what it returns.
"""

import asyncio
import logging
import re
import unicodedata
from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING

from bot import comparison
from bot.audit import Audit
from bot.comparison import compared
from bot.completions import Refused, UnknownCheckpoint, Worker, WorkerError
from bot.current import CurrentCheckpoint
from bot.failure import explain
from bot.i18n import Locale, Sentences
from bot.limits import Limits
from bot.message import Platform
from bot.pause import Pause
from bot.quiz import NoRiddle, Quiz
from bot.strength import NoStrength, Strength
from model.persona import PersonaError
from model.protocol import Swapped

if TYPE_CHECKING:
    from bot.erasure import Erasure
    from bot.history import History

log = logging.getLogger(__name__)

JAPANESE_NAMES = {
    "help": "ヘルプ",
    "reset": "リセット",
    "forget-me": "忘れて",
    "privacy": "プライバシー",
    "about": "自己紹介",
    "whoami": "私は誰",
    "status": "状態",
    "pause": "休憩",
    "resume": "再開",
    "quiz": "クイズ",
    "model": "モデル",
    "strength": "濃さ",
}
"""What the commands are also called; a Japanese word that is none of these is no command."""

ENGLISH_NAMES = {japanese: english for english, japanese in JAPANESE_NAMES.items()}
SIMPLE_NAMES = ("help", "about", "privacy", "reset", "forget-me", "whoami", "status", "pause", "resume")
"""Commands without arguments."""
NUM_AUDITED_WORDS = 4
"""What stands behind the names of a comparison is a question, and no log keeps what was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCall:
    """One use of a command. ``is_admin`` was decided by the door from configured ids.

    ``is_direct`` says that nobody but the author will see the answer; ``locale`` is the author's language, where the
    platform tells it.
    """

    platform: Platform
    conversation: str
    author_id: str
    is_admin: bool
    is_direct: bool
    words: tuple[str, ...]
    locale: Locale | None = None

    @property
    def who(self) -> str:
        """The author, unique over all platforms, as history and audit log name them."""
        return f"{self.platform}:{self.author_id}"

    def say(self, key: str, **values: object) -> str:
        """Return one of the bot's own sentences in the author's language."""
        return Sentences(self.locale or "ja").say(key, **values)


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table; ``help_<name>`` is its line in the help."""

    run: Callable[[CommandCall], Awaitable[str]]
    is_for_admins: bool = False


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a command without its slash, full-width ones included; none when it is not a command."""
    words = tuple(unicodedata.normalize("NFKC", text).split())
    if not words or not words[0].startswith("/"):
        return ()
    name = ENGLISH_NAMES.get(words[0][1:], words[0][1:].lower())
    return (name, *words[1:]) if re.fullmatch(r"[a-z]+(-[a-z]+)*", name) else ()


class Commands:
    """Runs commands and returns the sentence for whoever asked. Never raises for what a person typed."""

    def __init__(
        self,
        *,
        worker: Worker,
        current: CurrentCheckpoint,
        history: "History",
        erasure: "Erasure",
        history_days: int,
        learns_from: Collection[str],
        audit: Audit,
        pause: Pause,
        quiz: Quiz,
        strength: Strength,
        limits: Limits,
        sentences: Sentences,
    ) -> None:
        self._worker = worker
        self._current = current
        self._history = history
        self._erasure = erasure
        self._history_days = history_days
        self._learns_from = learns_from
        self._audit = audit
        self._pause = pause
        self._quiz = quiz
        self._strength = strength
        self._limits = limits
        self._sentences = sentences
        self._table = {
            "help": Command(self._help),
            "about": Command(self._about),
            "privacy": Command(self._privacy),
            "reset": Command(self._reset),
            "forget-me": Command(self._forget_me),
            "whoami": Command(self._whoami),
            "status": Command(self._status),
            "pause": Command(self._rest, is_for_admins=True),
            "resume": Command(self._resume, is_for_admins=True),
            "quiz": Command(self._ask_or_solve),
            "model": Command(self._model, is_for_admins=True),
            "strength": Command(self._change_strength, is_for_admins=True),
        }

    async def run(self, call: CommandCall) -> str:
        """Run ``call.words``; refused and unknown commands are answered too."""
        call = replace(call, locale=call.locale or self._sentences.locale)
        name = call.words[0]
        command = self._table.get(name)
        if command is None:
            return call.say("unknown_command", name=name[:32])
        if command.is_for_admins and not call.is_admin:
            await self._record(call, "refused: not an administrator")
            return call.say("admins_only")
        if not call.is_admin and (wait_s := self._limits.wait_s(call.who, datetime.now(UTC))):
            return call.say("too_often", seconds=ceil(wait_s))
        await self._current.refresh()
        try:
            return await command.run(call)
        except (WorkerError, PersonaError) as error:
            return explain(error, Sentences(call.locale or self._sentences.locale), log.warning)

    def apology(self, error: BaseException, locale: Locale | None = None) -> str:
        """Log an error no row of the table expected, and return the sentence for whoever asked."""
        return explain(error, Sentences(locale or self._sentences.locale), log.error)

    async def checkpoints(self) -> list[str]:
        """Return what ``/model use`` takes, the one that answers now first. Raises WorkerError."""
        current = self._current.read().checkpoint
        return sorted(await self._worker.models(), key=lambda name: name != current)

    async def _help(self, call: CommandCall) -> str:
        names = (name for name, command in self._table.items() if call.is_admin or not command.is_for_admins)
        lines = (f"/{name} /{JAPANESE_NAMES[name]} … {call.say(f'help_{name}')}" for name in names)
        return call.say("help", lines="\n".join(lines))

    async def _about(self, call: CommandCall) -> str:
        persona, consent = self._current.read().persona.name, self._current.consent()
        if consent is None:
            return call.say("about_nobody", persona=persona)
        return call.say("about", persona=persona, person=consent.person, until=consent.until)

    async def _privacy(self, call: CommandCall) -> str:
        return call.say(
            "privacy_learning" if call.platform in self._learns_from else "privacy", days=self._history_days
        )

    async def _forget_me(self, call: CommandCall) -> str:
        erased = await self._erasure.erase(call.platform, call.author_id)
        return call.say("forgotten", **asdict(erased))

    async def _reset(self, call: CommandCall) -> str:
        await self._history.forget(call.conversation)
        return call.say("reset_done")

    async def _whoami(self, call: CommandCall) -> str:
        if not call.is_direct:
            return call.say("direct_only")
        rank = call.say("rank_admin" if call.is_admin else "rank_author")
        return call.say("whoami", author_id=call.author_id, platform=call.platform, rank=rank)

    async def _status(self, call: CommandCall) -> str:
        status = await self._worker.status()
        persona = self._current.read().persona.name
        return call.say("status", persona=persona, queue=status.queue, running=status.running)

    async def _ask_or_solve(self, call: CommandCall) -> str:
        match call.words[1:]:
            case ():
                return await self._ask_riddle(call)
            case ("1" | "2" as number,):
                return await self._solve_riddle(call, int(number) - 1)
        return call.say("quiz_usage")

    async def _ask_riddle(self, call: CommandCall) -> str:
        if self._current.refusal(call.platform):
            return call.say("no_consent")
        try:
            riddle = await self._quiz.ask(call.who)
        except NoRiddle as reason:
            return call.say("refused", reason=reason)
        asked = f"「{riddle.question}」\n" if riddle.question else ""
        lines = "\n".join(f"{number}. {line}" for number, line in enumerate(riddle.lines, 1))
        return call.say("quiz", lines=asked + lines)

    async def _solve_riddle(self, call: CommandCall, index: int) -> str:
        solved = await self._quiz.guess(call.who, index)
        if solved is None:
            return call.say("quiz_nothing_open")
        verdict = call.say("quiz_right" if solved.is_right else "quiz_wrong")
        share = f"{solved.share.value:.0%} ({solved.share.low:.0%}–{solved.share.high:.0%}, n={solved.share.num})"
        return call.say("quiz_solved", verdict=verdict, line=solved.real, share=share)

    async def _rest(self, call: CommandCall) -> str:
        self._pause.begin()
        await self._record(call, "paused")
        return call.say("paused")

    async def _resume(self, call: CommandCall) -> str:
        self._pause.end()
        await self._record(call, "resumed")
        return call.say("resumed")

    async def _model(self, call: CommandCall) -> str:
        match call.words[1:]:
            case ("list",):
                return await self._model_list(call)
            case ("status",):
                return await self._model_status(call)
            case ("rollback",):
                return await self._swap(call, self._worker.rollback(who=call.who))
            case ("use", name):
                return await self._use(call, name, force=False)
            case ("use", name, "force" | "--force"):
                return await self._use(call, name, force=True)
            case ("compare", first, second, *question) if question:
                return await self._compare(call, (first, second), " ".join(question))
        return call.say("model_usage")

    async def _use(self, call: CommandCall, name: str, *, force: bool) -> str:
        if refusal := await self._refusal(call, name):
            return refusal
        return await self._swap(call, self._worker.use(name, who=call.who, force=force))

    async def _refusal(self, call: CommandCall, *names: str) -> str | None:
        """Return, and record, why one of these checkpoints may not answer here; None when each may."""
        refusal = next((refusal for name in names if (refusal := self._current.refusal(call.platform, name))), None)
        if refusal is None:
            return None
        await self._record(call, f"failed: {refusal}")
        return call.say("refused", reason=refusal)

    async def _compare(self, call: CommandCall, checkpoints: tuple[str, str], question: str) -> str:
        """Ask two checkpoints the same, with one seed; the guards look at both answers."""
        if refusal := await self._refusal(call, *checkpoints):
            return refusal
        asked = await asyncio.to_thread(comparison.question, question, self._current)
        try:
            answers = await compared(self._worker, asked.conversation, checkpoints, author=call.who, overrides={})
        except UnknownCheckpoint as error:
            return call.say("refused", reason=error)
        await self._record(call, "compared")
        lines = []
        for answer in answers:
            scenes = comparison.scenes(answer.checkpoint, asked, self._current)
            judged = await asyncio.to_thread(comparison.judged, answer.text, answer.finish_reason, scenes)
            lines.append(f"【{answer.checkpoint}】\n{judged.text or call.say('speechless')}")
        return "\n\n".join(lines)

    async def _change_strength(self, call: CommandCall) -> str:
        match call.words[1:]:
            case ():
                return call.say("strength", strength=self._strength.read())
            case (written,):
                try:
                    strength = self._strength.set(written)
                except NoStrength:
                    return call.say("strength_usage")
                await self._record(call, f"strength {strength}")
                return call.say("strength_set", strength=strength)
        return call.say("strength_usage")

    async def _model_list(self, call: CommandCall) -> str:
        current = self._current.read().checkpoint
        lines = (f"{'▶' if name == current else '・'} {name}" for name in await self._worker.models())
        return call.say("model_list", lines="\n".join(lines))

    async def _model_status(self, call: CommandCall) -> str:
        status = (await self._worker.status()).model_dump()
        nothing = call.say("none")
        shown = status | {"loaded": "、".join(status["loaded"]) or nothing, "swapping": status["swapping"] or nothing}
        return call.say("model_status", **shown)

    async def _swap(self, call: CommandCall, swapping: Awaitable[Swapped]) -> str:
        try:
            swapped = await swapping
        except UnknownCheckpoint as error:
            await self._record(call, f"failed: {error}")
            return call.say("unknown_checkpoint", name=call.words[2] if len(call.words) > 2 else "")
        except Refused as error:
            await self._record(call, f"failed: {error}")
            return call.say("refused", reason=error)
        except WorkerError as error:
            await self._record(call, f"failed: {error}")
            raise
        await self._current.refresh()
        await self._record(call, f"{swapped.previous} -> {swapped.current}")
        return call.say("swapped", **swapped.model_dump())

    async def _record(self, call: CommandCall, result: str) -> None:
        what = " ".join(call.words[:NUM_AUDITED_WORDS])[:200]
        await asyncio.to_thread(self._audit.record, who=call.who, platform=call.platform, what=what, result=result)
