"""Cuts what was said aloud into utterances: by speaker, pause and sentence end, never longer than a breath.

What people wrote down is put together again: the sentences one speaker says in one go are one utterance, so that a
question keeps its whole answer. Knows how speech is written down (fillers, [拍手], ♪). Does not know caption formats;
those hand over `Piece`s.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from train.sources.document import Document, Item
from train.utterance import Dropped

PAUSE_S = 0.6
BREATH_S = 0.2
"""A pause this short ends an utterance only behind words that can end a sentence."""
GO_PAUSE_S = 2.0
"""A pause this long ends what a speaker says in one go, even where people wrote it down."""
THREAD_PAUSE_S = 3.0
MAX_THREAD_UTTERANCES = 10
"""A thread as long as this ends, though never between a question and its answer."""
MAX_CHARS = 60
MIN_CHARS_ALONE = 8
"""What is shorter is never cut off from the sentence behind it, however long that is."""

_SENTENCE_END = re.compile(r"(?<=[。！？!?])(?![。！？!?」』）)〜～~wｗ笑])")
_CLOSED = re.compile(r"[。！？!?][」』）)〜～~wｗ笑]*\s*$")
_ASKED = re.compile(r"[?？]\s*$")
_WORD_AT_END = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff々](?<!笑)$")
_FINAL_WORDS = re.compile(
    r"(?:です|ます|でした|ました|ません|でしょう?|ましょう|[だるたいなう](?:よね?|ね|な|わ|ぞ|ぜ|さ)|だった|だろう?|じゃん|かな|っす|かも|んだ)[〜ーw笑]*$"
)
_GOES_ON = re.compile(r"(?:と|って|けど|が|から|ので|のに|ね|よ|か|し|な|わ|っけ|けれど)")
_NOISE = re.compile(
    r"[\[［(（](?:音楽|拍手|笑い?声?|歓声|沈黙|ため息|BGM|SE|効果音|Music|Applause|Laughter|\s*__\s*)[\])）］]|[♪♫♬]+|^>>\s*|&gt;&gt;\s*",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"(^|[、。！？\s])(?:え[ーえ〜]*っ?と[ーぉお〜]*|えー+(?=[、\s])|あの[ーう〜]+|その[ー〜]+|う[ー〜]*ん[ーっ]*と[ー〜]*|うー+ん(?=[、\s])|んー+と?)[、\s]*"
)
_BETWEEN_JAPANESE = re.compile(r"(?<=[\u3041-\u9fff、。！？])[ \u3000]+(?=[\u3041-\u9fff])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one speaker said from ``start_s`` to ``end_s``. ``is_cue``: its end was chosen by whoever wrote it down;
    ``is_answer``: somebody else spoke before, even if nobody knows who; ``is_rest``: the same cue goes on.
    """

    text: str
    start_s: float
    end_s: float
    speaker: str | None = None
    is_cue: bool = False
    is_answer: bool = False
    is_rest: bool = False


def utterances(document: Document, pieces: Iterable[Piece]) -> Iterator[Item]:
    """Yield what ``pieces`` say as utterances, and apart from them the noise that is no speech."""
    thread, size, end_s, is_asked = 0, 0, 0.0, False
    for turn in _in_one_go(_whole(_sentences(pieces))):
        if turn.start_s - end_s >= THREAD_PAUSE_S or (size >= MAX_THREAD_UTTERANCES and not is_asked):
            thread, size = thread + 1, 0
        end_s, size, is_asked = turn.end_s, size + 1, bool(_ASKED.search(turn.text))
        said = document.utterance(
            clock(turn.start_s), speech(turn.text), speaker=turn.speaker, thread=f"{document.name}#{thread}"
        )
        yield said if said.text else Dropped(replace(said, text=turn.text), "noise")


def clock(seconds: float) -> str:
    """Return ``seconds`` as ``00:01:02.300``."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def speech(text: str) -> str:
    """Return ``text`` without noise marks and without fillers at the beginning of a clause."""
    text = _NOISE.sub("", html.unescape(text))
    text = _FILLER.sub(r"\1", text)
    return _BETWEEN_JAPANESE.sub("", text).strip(" \u3000\n\xa0")


def _sentences(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Cut each piece behind 。！？ and give every part its share of the time."""
    for piece in pieces:
        pace = (piece.end_s - piece.start_s) / max(len(piece.text), 1)
        position = 0
        for part in _SENTENCE_END.split(piece.text):
            start_s = piece.start_s + position * pace
            is_rest, position = position > 0, position + len(part)
            end_s = piece.start_s + position * pace
            yield replace(
                piece,
                text=part,
                start_s=start_s,
                end_s=end_s,
                is_answer=piece.is_answer and not is_rest,
                is_rest=is_rest,
            )


def _whole(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Join pieces into sentences."""
    return _merged((piece for piece in pieces if piece.text.strip()), _ends_between, _joined)


def _in_one_go(sentences: Iterable[Piece]) -> Iterator[Piece]:
    """Join what one speaker says without stopping, and cut what is too long."""
    for said in _merged(sentences, _stops_between, _joined_sentences):
        yield from _cut(said)


def _merged(
    pieces: Iterable[Piece], is_end: Callable[[Piece, Piece], bool], joined: Callable[[str, str], str]
) -> Iterator[Piece]:
    current: Piece | None = None
    for piece in pieces:
        if current is None or is_end(current, piece):
            if current is not None:
                yield current
            current = piece
        else:
            current = replace(current, text=joined(current.text, piece.text), end_s=piece.end_s)
    if current is not None:
        yield current


def _ends_between(current: Piece, following: Piece) -> bool:
    pause_s = following.start_s - current.end_s
    if (
        current.speaker != following.speaker
        or following.is_answer
        or pause_s >= PAUSE_S
        or _CLOSED.search(current.text)
    ):
        return True
    if len(current.text) + len(following.text) > MAX_CHARS:
        return True
    has_end = (current.is_cue or pause_s >= BREATH_S) and _FINAL_WORDS.search(current.text.rstrip())
    return bool(has_end) and not _GOES_ON.match(following.text.lstrip())


def _stops_between(current: Piece, following: Piece) -> bool:
    """Without a name, only the same cue is certain to be the same speaker."""
    is_same = current.speaker == following.speaker and (following.is_rest or current.speaker is not None)
    if not (is_same and following.is_cue) or following.is_answer:
        return True
    is_too_long = len(_joined_sentences(current.text, following.text)) > MAX_CHARS
    is_pause = following.start_s - current.end_s >= GO_PAUSE_S
    return is_pause or (is_too_long and len(current.text) >= MIN_CHARS_ALONE)


def _joined(left: str, right: str) -> str:
    is_latin = left[-1:].isascii() and left[-1:].isalnum() and right[:1].isascii() and right[:1].isalnum()
    return f"{left} {right}" if is_latin else left + right


def _joined_sentences(left: str, right: str) -> str:
    """A sentence that its cue alone has ended needs a mark."""
    return _joined(f"{left}、" if _WORD_AT_END.search(left) else left, right)


def _cut(piece: Piece) -> Iterator[Piece]:
    """Cut a piece that is too long behind 、, else where the breath ends."""
    pace = (piece.end_s - piece.start_s) / len(piece.text)
    while len(piece.text) > MAX_CHARS:
        at = piece.text.rfind("、", MAX_CHARS // 3, MAX_CHARS) + 1 or MAX_CHARS
        middle_s = piece.start_s + at * pace
        yield replace(piece, text=piece.text[:at], end_s=middle_s)
        piece = replace(piece, text=piece.text[at:], start_s=middle_s)
    yield piece
