"""What is looked for in an answer before anyone sees it. Each module knows one fault; ``watch`` knows them all."""

from bot.guards.fault import Fault
from bot.guards.form import broken, clean, last_sentence_end, presentable, whole_sentences
from bot.guards.honesty import plainly
from bot.guards.identity import asks_if_ai
from bot.guards.watch import Scene, fault

__all__ = [
    "Fault",
    "Scene",
    "asks_if_ai",
    "broken",
    "clean",
    "fault",
    "last_sentence_end",
    "plainly",
    "presentable",
    "whole_sentences",
]
