"""Both platforms at once, bot and worker killed again and again, every fault: answered once, in order, for free.

Real processes: the bot with all its doors, and a worker that echoes. Both stand-ins live in the test's own process.
Figures: pytest -m slow -s tests/bot/test_chaos.py; CHAOS_SEED=7 before it draws other moments and faults
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.i18n import is_place_in_line
from tests.bot.conftest import Show
from tests.bot.whole_bot import Mortal, bot_command, bot_environment, free_port, hand_over, mortal, worker_command
from tests.standins import line_events as events
from tests.standins.discord import CHANNEL_ID, DIRECT_ID, HANA, LOST_ANSWER, RESET, TOKEN, Discord
from tests.standins.line import ACCESS_TOKEN, SECRET, Fault, LineStandIn

NUM_MESSAGES, NUM_DEATHS = 500, 20
NUM_LINE_CHATS = 10
HOW_OFTEN, PATIENCE_S = 0.3, 3.0
THINKING_S = 0.05
FETCH = "answer"
LINE_FAULTS = (Fault.REFUSED, Fault.RESET, Fault.LOST, Fault.GARBLED, Fault.RATE_LIMITED, Fault.EXPIRED)
DISCORD_FAULTS = (429, 500, 502, 503, LOST_ANSWER, RESET)
GATEWAY_CLOSES = (4000, 4009, 1001)
NOTICES = ("もう少し考えます", "待っている回答はありません")


@dataclass(slots=True, kw_only=True)
class Chat:
    """One conversation: what was asked there, in order, and how to see what was answered."""

    name: str
    say: Callable[[str], Awaitable[None]]
    answers: Callable[[], list[str]]
    press: Callable[[], Awaitable[None]] | None = None
    asked: list[str] = field(default_factory=list)
    pressed_at: float = 0.0

    @property
    def num_open(self) -> int:
        """How many questions have no answer yet."""
        return len(self.asked) - len(self.answers())

    async def ask(self, words: str) -> None:
        """Ask."""
        self.asked.append(words)
        await self.say(words)

    async def talk(self, num_messages: int, chance: random.Random) -> None:
        """Ask, mostly no more than two questions ahead of the answers: a person waits a while, then asks on."""
        for place in range(num_messages):
            for _ in range(200):
                if self.num_open < 2:
                    break
                await asyncio.sleep(0.1)
                await self.hurry()
            await self.ask(f"{self.name}の{place}番目")
            await asyncio.sleep(chance.random() * 0.5)

    async def hurry(self) -> None:
        """Press the button, every few seconds, while an answer is late."""
        if self.press and self.num_open and time.monotonic() - self.pressed_at > PATIENCE_S:
            self.pressed_at = time.monotonic()
            await self.press()


def line_chat(line: LineStandIn, number: int, chance: random.Random) -> Chat:
    """Return a 1:1 chat on LINE, or for number 0 a group."""
    source = events.user(number) if number else events.group()
    chat_id = events.author(number) if number else events.GROUP

    async def say(words: str) -> None:
        addressed = words if number else f"@先輩 {words}"
        mention = {} if number else {"mention": events.mention(addressed, "@先輩")}
        event = events.text(source, addressed, **mention, markAsReadToken=f"read-{words}")
        if chance.random() < HOW_OFTEN:
            line.faults["message/reply"].append(chance.choice(LINE_FAULTS))
        await hand_over(line, event)
        if chance.random() < HOW_OFTEN:
            await hand_over(line, events.redelivered(event))

    async def press() -> None:
        await hand_over(line, events.postback(source, FETCH))

    def answers() -> list[str]:
        shown = [text for call in line.shown if call.chat_id == chat_id for text in call.texts]
        return [text for text in shown if not text.rpartition("\n")[2].startswith(NOTICES)]

    return Chat(name=f"L{number}", say=say, answers=answers, press=press)


async def trouble_at_the_gateway(discord: Discord, chance: random.Random) -> None:
    """Close, tear or end the bot's session in one of Discord's ways."""
    match chance.choice(("close", "reset", "op 7", "op 9, resumable", "op 9")):
        case "close":
            await discord.drop(chance.choice(GATEWAY_CLOSES))
        case "reset":
            await discord.reset()
        case "op 7":
            await discord.ask_to_reconnect()
        case kind:
            await discord.invalidate(can_resume=kind.endswith("resumable"))


def discord_chat(discord: Discord, channel: str, chance: random.Random) -> Chat:
    """Return a channel on Discord."""

    async def say(words: str) -> None:
        if chance.random() < HOW_OFTEN:
            discord.fail_next(f"/channels/{channel}/messages", chance.choice(DISCORD_FAULTS))
        if chance.random() < 0.15:
            await trouble_at_the_gateway(discord, chance)
        await discord.say_to_bot(words, channel=channel)

    def answers() -> list[str]:
        shown = [message["content"].rpartition("\n\n")[2] for message in discord.from_bot(channel)]
        return [text for text in shown if not is_place_in_line(text)]

    return Chat(name="D" if channel == DIRECT_ID else "C", say=say, answers=answers)


@pytest.mark.slow
@pytest.mark.timeout(1500)
async def test_every_message_on_both_platforms_is_answered_once_and_in_order_whoever_is_killed(
    line: LineStandIn,
    discord: Discord,
    home: Path,
    database_url: str,
    tmp_path: Path,
    show: Show,
) -> None:
    chance, port, log = random.Random(int(os.environ.get("CHAOS_SEED", "500"))), free_port(), tmp_path / "bot.log"
    line.reply_ttl_s = 600  # on a busy machine a restart may take longer than a token lives
    chats = [line_chat(line, number, chance) for number in range(NUM_LINE_CHATS)]
    chats += [discord_chat(discord, channel, chance) for channel in (CHANNEL_ID, DIRECT_ID)]
    environment = bot_environment(line, discord, home, f"http://127.0.0.1:{port}")
    environment["SENPAI_DATABASE_URL"] = database_url
    async with mortal(worker_command(port, THINKING_S), {}) as worker, mortal(bot_command(log), environment) as bot:
        began = time.monotonic()
        await introduce(chats, discord)
        start_s = time.monotonic() - began
        await live_through(chats, chance, bot, worker, start_s)
        is_told = await everybody_is_answered(chats)
        took_s = time.monotonic() - began
        await asyncio.sleep(3)
    show(report(chats, line, discord, took_s, database_url))
    assert {chat.name: chat.answers() for chat in chats} == {chat.name: chat.asked for chat in chats}
    assert is_told
    assert line.num_pushes == 0
    told = log.read_text(encoding="utf-8")
    hidden = [events.author(1), events.GROUP, HANA, SECRET, ACCESS_TOKEN, TOKEN, "番目"]
    assert [word for word in hidden if word in told] == []


async def introduce(chats: list[Chat], discord: Discord) -> None:
    """Let every chat have one quiet exchange; Discord's conversations are known to the bot from then on."""
    await discord.until(lambda: discord.identifies > 0, timeout_s=120)
    for chat in chats:
        await chat.ask(f"{chat.name}です")
    assert await everybody_is_answered(chats)


async def live_through(chats: list[Chat], chance: random.Random, bot: Mortal, worker: Mortal, start_s: float) -> None:
    """Ask everything while processes die, at any moment of their lives, also while they start."""
    num_others = sum(chat.press is None for chat in chats)
    async with asyncio.TaskGroup() as group:
        group.create_task(bot.die_often(NUM_DEATHS, lambda: chance.uniform(0.1, 2 * start_s)))
        group.create_task(worker.die_often(NUM_DEATHS, lambda: chance.uniform(0.1, 2 * start_s)))
        for chat in chats:
            share = NUM_MESSAGES // 2 // (NUM_LINE_CHATS if chat.press else num_others)
            group.create_task(chat.talk(share, chance))


async def everybody_is_answered(chats: list[Chat], timeout_s: float = 400) -> bool:
    """Wait, and let people press their buttons when it takes long."""
    deadline = time.monotonic() + timeout_s
    for _ in range(int(timeout_s)):
        if not any(chat.num_open > 0 for chat in chats):
            return True
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(1)
        for chat in chats:
            await chat.hurry()
    return False


def report(chats: list[Chat], line: LineStandIn, discord: Discord, took_s: float, database_url: str) -> str:
    asked = [question for chat in chats for question in chat.asked]
    answered = Counter(text for chat in chats for text in chat.answers())
    num_disordered = sum(chat.answers() != [text for text in chat.asked if text in answered] for chat in chats)
    return (
        f"chaos on {database_url.partition(':')[0]}, {took_s:.0f} s, bot and worker killed {NUM_DEATHS} times each: "
        f"{len(asked)} accepted, {sum(text not in answered for text in asked)} unanswered, "
        f"{sum(count > 1 for count in answered.values())} twice, {sum(text not in asked for text in answered)} odd, "
        f"{num_disordered} chats out of order, {len(line.violations) + len(discord.judge.violations)} violations of "
        f"the specs, {line.num_pushes} pushes; {discord.identifies} identifies, {discord.resumes} resumes; "
        f"unanswered: {[text for text in asked if text not in answered]}"
    )
