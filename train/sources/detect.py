"""Opens a source: finds out by its content, never by its name, which format it has, and reads it.

Knows the list of formats and the order in which they are tried. Does not know whose words count.
"""

import hashlib
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from train.sources import captions, line_talk, lines, tables, whisper, x_archive, youtube
from train.sources.document import BrokenSource, Document, Item, decode
from train.utterance import Dropped, Utterance, utterance_id

MAX_CHARS = 200
MAX_LONG_POST_CHARS = 1000
HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One export, read. ``owner`` is whose account it is, for formats where all words are the owner's."""

    name: str
    format: str
    sha256: str
    items: tuple[Item, ...]
    has_one_owner: bool = False
    owner: str | None = None
    max_chars: int = MAX_CHARS

    @property
    def speakers(self) -> Counter[str]:
        """How many utterances each speaker has."""
        return Counter(item.speaker for item in self.items if isinstance(item, Utterance) and item.speaker)


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    is_it: Callable[[Document], bool]
    read: Callable[[Document], Iterable[Item]]


FORMATS = (
    Format("vtt", captions.is_vtt, captions.read_vtt),
    Format("srt", captions.is_srt, captions.read_srt),
    Format("line-talk", line_talk.is_line_talk, line_talk.read_line_talk),
    Format("whisper-tsv", whisper.is_whisper_tsv, whisper.read_whisper_tsv),
    Format("youtube-srv1", youtube.is_srv1, youtube.read_srv1),
    Format("youtube-json3", youtube.is_json3, youtube.read_json3),
    Format("youtube-transcript-api", youtube.is_transcript_list, youtube.read_transcript_list),
    Format("whisper", whisper.is_whisper, whisper.read_whisper),
    Format("jsonl", tables.is_jsonl, tables.read_jsonl),
    Format("csv", tables.is_csv, tables.read_csv),
    Format("text", lines.is_text, lines.read_lines),
)
"""In the order in which they are tried: the first that recognises its own beginning reads."""


def open_source(path: Path, name: str) -> Source:
    """Read the export at ``path``; utterances will call their source ``name``.

    Raises:
        BrokenSource: it has no known format, or is not what its beginning promises.
    """
    try:
        if path.is_dir():
            return _open_folder(path, name)
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                return _open_zip(path, name)
            file.seek(0)
            head = file.read(HEAD_BYTES)
        if head.startswith(b"PK\x03\x04"):
            raise BrokenSource(name, None, "a whole zip file, but its end is missing; export it again")
        kind = x_archive.kind_of(head.decode("utf-8", errors="ignore"))
        return _open_x_file(path, name, kind) if kind else _open_document(path, name)
    except OSError as error:
        raise BrokenSource(name, None, f"a file that can be read, but {error.strerror or error}") from None


def _open_folder(path: Path, name: str) -> Source:
    files = {str(file.relative_to(path)): _opener(file) for file in sorted(path.rglob("*")) if file.is_file()}
    return _archive(files, name, _digest_of_files(files))


def _open_zip(path: Path, name: str) -> Source:
    try:
        with zipfile.ZipFile(path) as archive:
            files = {member: _member_opener(archive, member) for member in archive.namelist() if member[-1] != "/"}
            return _archive(files, name, _digest(path))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise BrokenSource(name, None, f"a whole zip file without a password, but {error}") from None


def _archive(files: x_archive.Files, name: str, sha256: str) -> Source:
    if not x_archive.find_tweets(files).keys() & {"tweets", "csv"}:
        raise BrokenSource(name, None, "an X archive with data/tweets.js; name other files one by one")
    return _x_source(files, name, sha256)


def _open_x_file(path: Path, name: str, kind: str) -> Source:
    refusal = x_archive.refusal(kind)
    if refusal or kind not in ("tweets", "csv"):
        raise BrokenSource(name, None, refusal or "tweets.js, or the whole archive it belongs to")
    return _x_source({name: _opener(path)}, name, _digest(path))


def _x_source(files: x_archive.Files, name: str, sha256: str) -> Source:
    owner, items = x_archive.read_archive(files, name)
    return Source(
        name=name,
        format="x-archive",
        sha256=sha256,
        items=tuple(items),
        has_one_owner=True,
        owner=owner,
        max_chars=MAX_LONG_POST_CHARS,
    )


def _open_document(path: Path, name: str) -> Source:
    data = path.read_bytes()
    document = Document(name, decode(data, name))
    for form in FORMATS:
        if form.is_it(document):
            return Source(
                name=name,
                format=form.name,
                sha256=hashlib.sha256(data).hexdigest(),
                items=tuple(_unique(form.read(document))),
            )
    raise BrokenSource(name, None, "utterances, but the file is empty")


def _unique(items: Iterable[Item]) -> Iterator[Item]:
    """Number what shares a place with an earlier utterance, such as two speakers in one cue."""
    seen: Counter[str] = Counter()
    for item in items:
        said = item.utterance if isinstance(item, Dropped) else item
        seen[said.locator] += 1
        if seen[said.locator] > 1:
            locator = f"{said.locator} ({seen[said.locator]})"
            said = replace(said, locator=locator, id=utterance_id(said.source, locator))
        yield Dropped(said, item.reason) if isinstance(item, Dropped) else said


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _member_opener(archive: zipfile.ZipFile, member: str) -> Callable[[], BinaryIO]:
    return lambda: cast(BinaryIO, archive.open(member))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_of_files(files: x_archive.Files) -> str:
    digest = hashlib.sha256()
    for name, opened in files.items():
        digest.update(f"{name}\0".encode())
        with opened() as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                digest.update(chunk)
    return digest.hexdigest()
