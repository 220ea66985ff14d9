"""Every kind of event LINE sends, and what the door does with it: one table. Knows names alone."""

from enum import Enum, auto


class Does(Enum):
    """What the door does. Whatever it is: a reply token that comes along may carry an answer that waits."""

    TAKE = auto()  # a message: store and answer it, or keep it as the talk around one
    EDIT = auto()  # a message was changed: what waits, is remembered or was said around it changes
    WITHDRAW = auto()  # a message was taken back: forget it, stop answering it
    PRESS = auto()  # a button: bring the answer that waits behind it
    GREET = auto()  # a new friend or group: say that this is an AI
    FORGET = auto()  # blocked, or sent away: forget the conversation
    NOTHING = auto()  # deliberately nothing


KINDS = {
    "message": Does.TAKE,
    "messageEdited": Does.EDIT,
    "unsend": Does.WITHDRAW,
    "postback": Does.PRESS,
    "follow": Does.GREET,
    "join": Does.GREET,
    "unfollow": Does.FORGET,
    "leave": Does.FORGET,
    "memberJoined": Does.NOTHING,  # the group was greeted; nobody wants a bot that greets every guest
    "memberLeft": Does.NOTHING,  # what they said goes with the retention, or by /forget-me
    "videoPlayComplete": Does.NOTHING,  # the bot sends no videos
    "beacon": Does.NOTHING,  # where somebody stands is none of its business
    "accountLink": Does.NOTHING,  # there are no accounts
    "membership": Does.NOTHING,  # nothing is sold
    "module": Does.NOTHING,  # the module channel's own affairs
    "activated": Does.NOTHING,
    "deactivated": Does.NOTHING,
    "botSuspended": Does.NOTHING,
    "botResumed": Does.NOTHING,
    "delivery": Does.NOTHING,  # the bot sends no notifications by telephone number
}


def what_to_do(kind: str) -> Does:
    """Return what the door does with a kind of event; nothing with one that LINE invents later."""
    return KINDS.get(kind, Does.NOTHING)
