"""Answers that can be read while they are being written: one message, few edits, and never what a guard rejects."""

import asyncio
import gc
from itertools import pairwise

from bot.platforms.discord.draft import Draft, Tempo
from bot.platforms.discord.places import View
from tests.bot.conftest import QUICK, Serving
from tests.bot.test_crash import bot_process
from tests.standins.discord import DIRECT_ID, LOST_ANSWER, STRANGER, Discord
from tests.standins.worker import Say, Worker

SENTENCES = "一つ目の文。二つ目の文。三つ目の文。四つ目の文。"


def _texts(discord: Discord) -> list[str]:
    return [text for _, _, text in discord.writes]


async def test_sentences_appear_one_after_the_other_in_one_message(discord, worker, serving: Serving) -> None:
    worker.script = [Say(SENTENCES, pause_s=0.25)]
    async with serving():
        await discord.say("長い話して", channel=DIRECT_ID)
        await discord.until_says(SENTENCES, DIRECT_ID)
    assert len(discord.from_bot(DIRECT_ID)) == 1
    written = _texts(discord)
    assert len(written) >= 3 and written[-1] == SENTENCES
    assert all(SENTENCES.startswith(text) and text.endswith("。") for text in written)
    moments = [at for at, _, _ in discord.writes]
    assert all(later - earlier >= QUICK.apart_s - 0.02 for earlier, later in pairwise(moments))


async def test_a_quick_answer_is_written_once(discord, worker, serving: Serving) -> None:
    worker.script = [Say(SENTENCES)]
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.until_says(SENTENCES, DIRECT_ID)
    assert _texts(discord) == [SENTENCES]


def test_what_is_shown_keeps_to_discords_patience_by_default() -> None:
    assert Tempo().apart_s >= 1.2


async def test_words_a_guard_rejects_are_never_shown(discord, worker, serving: Serving) -> None:
    endless = "そうだ。" + "ねむいなあ" * 12 + "。おやすみ。"
    worker.script = [Say(endless, pause_s=0.25), Say("もう寝る。")]
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.until_says("もう寝る。", DIRECT_ID)
    assert len(discord.from_bot(DIRECT_ID)) == 1
    assert not any("ねむいなあ" * 5 in text for text in _texts(discord))


async def test_the_notice_of_the_first_contact_is_there_from_the_first_word(discord, worker, settings, serving) -> None:
    worker.script = [Say(SENTENCES, pause_s=0.25)]
    async with serving():
        await discord.say("はじめまして", channel=DIRECT_ID, author=STRANGER)
        await discord.until(lambda: any(text.endswith(SENTENCES) for text in _texts(discord)))
    assert all(text.startswith("（はじめまして。") for text in _texts(discord))


async def test_nothing_of_a_question_deleted_while_it_is_answered_stays_in_memory(
    discord, worker, serving: Serving
) -> None:
    worker.script = [Say(SENTENCES, pause_s=5), Say("次。")]
    async with serving():
        asked = await discord.say("やっぱりいい", channel=DIRECT_ID)
        await worker.until_asked(1)
        await discord.delete(asked)
        await discord.say("次は？", channel=DIRECT_ID)
        await discord.until_says("次。", DIRECT_ID)
        async with asyncio.timeout(10):
            while _drafts():  # noqa: ASYNC110 - memory tells nobody
                await asyncio.sleep(0.1)


def _drafts() -> list[Draft]:
    gc.collect()
    return [each for each in gc.get_objects() if type(each) is Draft]


async def test_a_draft_whose_question_is_deleted_is_taken_away(discord, worker, serving: Serving) -> None:
    worker.script = [Say(SENTENCES, pause_s=0.5), Say("次の答え")]
    async with serving():
        asked = await discord.say("やっぱりなし", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        await discord.delete(asked)
        await discord.until(lambda: discord.deleted)
        await discord.say("これにして", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["次の答え"]
    assert worker.num_cancelled == 1


async def test_a_draft_whose_question_is_edited_becomes_the_answer_to_the_new_one(discord, worker, serving) -> None:
    worker.script = [Say(SENTENCES, pause_s=0.5), Say("新しい答え。")]
    async with serving():
        asked = await discord.say("古い質問", channel=DIRECT_ID)
        await discord.answers(1, DIRECT_ID)
        await discord.edit(asked, "新しい質問")
        await discord.until_says("新しい答え。", DIRECT_ID)
    assert len(discord.from_bot(DIRECT_ID)) == 1
    assert worker.questions() == ["古い質問", "新しい質問"] and worker.num_cancelled == 1


async def test_a_draft_that_lost_its_confirmation_is_finished_not_doubled(discord, worker, serving: Serving) -> None:
    discord.fail_next(f"/channels/{DIRECT_ID}/messages", LOST_ANSWER, method="POST")
    worker.script = [Say(SENTENCES, pause_s=0.3)]
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.until_says(SENTENCES, DIRECT_ID)
    assert len(discord.from_bot(DIRECT_ID)) == 1


async def test_an_edit_that_fails_for_a_while_is_made_up_for_by_the_last_one(discord, worker, serving) -> None:
    discord.fail_next(f"/channels/{DIRECT_ID}/messages/", 503, times=3, method="PATCH")
    worker.script = [Say(SENTENCES, pause_s=0.3)]
    async with serving():
        await discord.say("元気？", channel=DIRECT_ID)
        await discord.until_says(SENTENCES, DIRECT_ID)
    assert len(discord.from_bot(DIRECT_ID)) == 1


async def test_an_answer_nobody_may_see_is_not_composed_to_its_end(discord, worker, serving: Serving) -> None:
    worker.script = [Say(SENTENCES * 5, pause_s=0.3), Say("次の答え")]
    async with serving():
        discord.has_dm_closed = True
        await discord.say("元気？", channel=DIRECT_ID)
        await worker.until_cancelled()
    assert discord.from_bot(DIRECT_ID) == []


async def test_a_draft_begun_before_a_kill_is_completed_after_the_restart_and_not_doubled(
    discord: Discord, worker: Worker, settings
) -> None:
    worker.script = [Say("途中まで言った。" + SENTENCES, pause_s=2), Say("最初から言い直す。")]
    async with bot_process(settings, discord):
        await discord.say("元気？", channel=DIRECT_ID)
        assert await discord.answers(1, DIRECT_ID) == ["途中まで言った。"]
    discord.forget_nonces()
    async with bot_process(settings, discord):
        await discord.until_says("最初から言い直す。", DIRECT_ID)
        await discord.say("また明日", channel=DIRECT_ID)
        assert len(await discord.answers(2, DIRECT_ID)) == 2


class SlowPlace:
    """Takes its time, and remembers every write."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.num_at_once = self.most_at_once = 0

    async def write(self, text: str, view: View | None = None) -> int:
        self.num_at_once += 1
        self.most_at_once = max(self.most_at_once, self.num_at_once)
        await asyncio.sleep(0.05)
        self.written.append(text)
        self.num_at_once -= 1
        return 1

    async def remove(self) -> None:
        self.written.append("")


async def test_there_is_one_writer_it_skips_what_is_outdated_and_the_last_write_is_the_last() -> None:
    place = SlowPlace()
    draft = Draft(
        place, Tempo(first_after_s=0.01, apart_s=0.03), on_refused=lambda: asyncio.sleep(0), on_taken_back=list
    )
    for number in range(20):
        draft.show(str(number))
        await asyncio.sleep(0.01)
    await draft.finish("whole")
    draft.show("too late")
    await asyncio.sleep(0.1)
    assert place.written[-1] == "whole" and place.written.count("whole") == 1
    assert 2 <= len(place.written) <= 6 and place.most_at_once == 1
