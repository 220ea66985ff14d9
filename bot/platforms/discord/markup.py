"""Makes what the model said harmless on Discord. Knows Discord's markup; changes no length.

Nobody is pinged anyway (see ``AllowedMentions.none()``), but a text that looks like a ping, or a link that shows
another address than it leads to, misleads whoever reads it.
"""

import re

from bot.pieces import cut
from bot.platforms.base import PieceLimits

LIMITS = PieceLimits(max_units=1950)
"""Discord takes 2000; the rest is for the line that says who speaks."""

# a full-width sign in the place of each half-width one: people read the same, Discord reads nothing
MENTION = re.compile(r"@(?=everyone|here)|(?<=<)@(?=[!&]?\d+>)")
MASKED_LINK = re.compile(r"\](?=\(\s*<?[a-z][a-z0-9+.-]*:)", re.IGNORECASE)
INVITE = re.compile(
    r"(?<=discord)\.(?=gg/|com/invite/|app\.com/invite/)|(?<=discordapp)\.(?=com/invite/)", re.IGNORECASE
)


def harmless(text: str) -> str:
    """Return the text with mentions, masked links and invitations that people can read and nobody can follow."""
    return INVITE.sub("．", MASKED_LINK.sub("］", MENTION.sub("＠", text)))


def first_piece(text: str) -> str:
    """Return as much of an answer as fits one message."""
    return harmless(next(iter(cut(text, LIMITS, "")), ""))
