"""The fitting room behaves as the doors do."""

from bot.platforms.console.trial import MANNERS, SWITCH_S
from bot.platforms.discord.markup import LIMITS as DISCORD
from bot.platforms.line.courier import Patience
from bot.platforms.line.door import LIMITS as LINE


def test_answers_are_cut_and_buttons_come_as_at_the_doors() -> None:
    assert (MANNERS["discord"].limits, MANNERS["line"].limits) == (DISCORD, LINE)
    assert Patience().notice_after_s == SWITCH_S
