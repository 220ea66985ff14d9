"""Joins long posts (note-tweet.js) to the tweets that show only their beginning.

Knows that a note has its own id and no @names, so that it is found by time and then by its first words.
"""

import html
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from train.sources.tweet import Tweet, parse_time

WINDOW = timedelta(seconds=5)
PREFIX_CHARS = 20
MIN_SHOWN_CHARS = 100
"""A tweet cut by the archive shows about 275 units, which is never fewer characters than this."""


@dataclass(frozen=True, slots=True)
class LongPost:
    said_at: datetime
    text: str

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "LongPost":
        """Raises KeyError, TypeError or ValueError when ``createdAt`` or ``core.text`` is missing or wrong."""
        note = fields["noteTweet"]
        moment = parse_time(note["createdAt"].replace("Z", "+00:00"))
        return cls(moment, html.unescape(note["core"]["text"]))


class LongPosts:
    """All long posts of an archive, each of which is handed out once."""

    def __init__(self, posts: Iterable[LongPost]) -> None:
        self.unclaimed = sorted(posts, key=lambda post: post.said_at)

    def complete(self, tweet: Tweet) -> Tweet | None:
        """Return ``tweet`` with its whole text, or None when no long post begins like it at its time."""
        shown = tweet.own_words.rstrip("… ")
        if not self.unclaimed or len(tweet.text) < MIN_SHOWN_CHARS:
            return None
        start = bisect_left(self.unclaimed, tweet.said_at - WINDOW, key=lambda post: post.said_at)
        for position in range(start, len(self.unclaimed)):
            post = self.unclaimed[position]
            if post.said_at > tweet.said_at + WINDOW:
                return None
            if post.text.lstrip().startswith(shown[:PREFIX_CHARS]):
                del self.unclaimed[position]
                return replace(tweet, text=post.text)
        return None
