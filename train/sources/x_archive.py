"""Reads an X (Twitter) archive of any generation: a zip, a folder, or one of its .js files alone.

Knows which files of the archive are the owner's own public words, and how tweets hang together: edits, long posts
(note-tweet.js), self-threads. Files are told apart by the assignment they begin with, never by name, so that likes,
direct messages, deleted and community posts stay out. Does not know what is private or automated in a text.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

from train.sources.document import BrokenSource, Item, decode
from train.sources.json_stream import ArrayStream
from train.sources.long_post import LongPost, LongPosts
from train.sources.tweet import MAX_CHARS, Tweet
from train.utterance import Dropped, Utterance, utterance_id

Files = Mapping[str, Callable[[], BinaryIO]]
"""The files of an archive by name; calling one opens it."""

HEAD_BYTES = 4096
AUTOMATED_CLIENT = re.compile(
    r"(?i)twittbot|ifttt|dlvr\.it|診断メーカー|swarm|foursquare|\bbot\b|なうぷれ|autotweety|zapier"
)
"""Programs that post in the owner's name."""

_ASSIGNMENT = re.compile(
    r"\s*(?:window\.YTD\.(?P<part>\w+?)\.part\d+|(?P<month>Grailbird\.data\.tweets_\w+)"
    r"|var (?P<details>user_details))\s*="
)
_KINDS = {"tweets": "tweets", "tweet": "tweets", "note_tweet": "notes", "account": "account"}
_REFUSED = {
    "like": "the owner's own tweets; likes are other people's posts",
    "direct_messages": "the owner's public tweets; direct messages are private",
    "direct_messages_group": "the owner's public tweets; direct messages are private",
    "deleted_tweets": "tweets.js; what the owner deleted is not used",
}


_SCREEN_NAME = re.compile(r'"screen_name"\s*:\s*"(\w+)"')


def kind_of(head: str) -> str | None:
    """Return tweets, notes, account, details, csv, or None when ``head`` begins no file of an archive."""
    head = head.removeprefix("\ufeff")
    if head.split("\n", 1)[0].replace('"', "").startswith("tweet_id,"):
        return "csv"
    match = _ASSIGNMENT.match(head)
    if match is None:
        return None
    if match["month"]:
        return "tweets"
    return "details" if match["details"] else _KINDS.get(match["part"], match["part"])


def refusal(kind: str | None) -> str | None:
    """Return what was expected instead when ``kind`` is a part of an archive that is never read."""
    return _REFUSED.get(kind or "")


def find_tweets(files: Files) -> dict[str, list[str]]:
    """Return the names of the files in ``files`` by kind. Without ``tweets`` or ``csv`` it is no archive."""
    kinds: dict[str, list[str]] = {}
    for name in sorted(files):
        with files[name]() as file:
            kind = kind_of(file.read(HEAD_BYTES).decode("utf-8", errors="ignore"))
        if kind is not None:
            kinds.setdefault(kind, []).append(name)
    return kinds


def read_archive(files: Files, source: str) -> tuple[str | None, list[Item]]:
    """Return the owner's name, where the archive tells it, and all tweets in the order of their ids.

    Raises:
        BrokenSource: a file is cut off, is not JSON or lacks a field.
    """
    kinds = find_tweets(files)
    tweets: dict[int, Tweet] = {}
    for name in kinds.get("tweets", ()):
        with files[name]() as file:
            tweets.update((tweet.id, tweet) for tweet in _read_tweets(file, _place(source, name)))
    for name in () if tweets else kinds.get("csv", ()):
        with files[name]() as file:
            tweets.update((tweet.id, tweet) for tweet in _read_csv(file.read(), _place(source, name)))
    posts: list[LongPost] = []
    for name in kinds.get("notes", ()):
        with files[name]() as file:
            posts.extend(_read_long_posts(file, _place(source, name)))
    owner = _owner(files, kinds, source) or next((t.author for t in tweets.values() if t.author), None)
    timeline = _Timeline([tweets[id_] for id_ in sorted(tweets)], posts, owner, source)
    return owner, list(timeline.items())


def _place(source: str, name: str) -> str:
    return source if name == source else f"{source}/{name}"


def _read_tweets(file: BinaryIO, name: str) -> Iterator[Tweet]:
    elements = ArrayStream(file, name)
    for element in elements:
        try:
            if not isinstance(element, dict):
                raise ValueError("a tweet in { }")
            yield Tweet.from_fields(element)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BrokenSource(name, elements.line, _expected(error)) from None


def _expected(error: Exception) -> str:
    text = str(error)
    return text if text.startswith("a tweet") else f"a tweet as the archive writes it, but {text}"


def _read_csv(data: bytes, name: str) -> Iterator[Tweet]:
    rows = csv.DictReader(io.StringIO(decode(data, name), newline=""))
    for row in rows:
        try:
            yield Tweet.from_fields(row)
        except (ValueError, TypeError, AttributeError) as error:
            raise BrokenSource(name, rows.line_num, _expected(error)) from None


def _read_long_posts(file: BinaryIO, name: str) -> Iterator[LongPost]:
    elements = ArrayStream(file, name)
    for element in elements:
        try:
            yield LongPost.from_fields(element)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BrokenSource(name, elements.line, "a long post with createdAt and core.text") from None


def _owner(files: Files, kinds: Mapping[str, list[str]], source: str) -> str | None:
    for name in kinds.get("account", ()):
        with files[name]() as file:
            for element in ArrayStream(file, _place(source, name)):
                return str(element.get("account", element).get("username") or "") or None
    for name in kinds.get("details", ()):
        with files[name]() as file:
            match = _SCREEN_NAME.search(file.read().decode("utf-8", errors="replace"))
            return match[1] if match else None
    return None


class _Timeline:
    """Turns the tweets of one archive, sorted by id, into utterances."""

    def __init__(self, tweets: list[Tweet], posts: list[LongPost], owner: str | None, source: str) -> None:
        self._tweets = {tweet.id: tweet for tweet in tweets}
        self._posts = LongPosts(posts)
        self._owner = owner
        self._source = source
        self._threads: dict[int, int] = {}
        self._answered = {tweet.reply_to for tweet in tweets}

    def items(self) -> Iterator[Item]:
        for tweet in self._tweets.values():
            yield self._item(tweet)
        for number, post in enumerate(self._posts.unclaimed, 1):
            yield Dropped(self._utterance(f"long post {number}", post.text, post.said_at), "long_post_without_tweet")

    def _item(self, tweet: Tweet) -> Item:
        utterance = self._utterance(f"tweet {tweet.id}", tweet.own_words, tweet.said_at)
        if tweet.is_retweet:
            return Dropped(replace(utterance, text=tweet.text), "retweet")
        if any(version > tweet.id and version in self._tweets for version in tweet.versions):
            return Dropped(utterance, "edited_later")
        if AUTOMATED_CLIENT.search(tweet.client):
            return Dropped(utterance, "automated")
        utterance = replace(utterance, parent=self._parent(tweet), thread=self._thread(tweet))
        whole = self._posts.complete(tweet)
        if whole is not None:
            return replace(utterance, text=whole.own_words)
        return Dropped(utterance, "too_long") if len(utterance.text) > MAX_CHARS else utterance

    def _parent(self, tweet: Tweet) -> str | None:
        """The owner's own tweet that this one continues; other people's are not in the archive."""
        parent = self._tweets.get(tweet.reply_to or 0)
        return parent.own_words if parent else None

    def _thread(self, tweet: Tweet) -> str | None:
        parent = self._tweets.get(tweet.reply_to or 0)
        if parent is None and tweet.id not in self._answered:
            return None
        root = self._threads.get(parent.id, parent.id) if parent else tweet.id
        self._threads[tweet.id] = root
        return f"{self._source}#{root}"

    def _utterance(self, locator: str, text: str, said_at: datetime) -> Utterance:
        return Utterance(
            id=utterance_id(self._source, locator),
            text=text,
            speaker=self._owner,
            said_at=said_at,
            source=self._source,
            locator=locator,
        )
