"""JGLUE's validation sets from local files: JCommonsenseQA and JNLI by likelihood, JSQuAD by exact match.

Knows the files' forms and how each task is asked (without examples, as a person would ask). Does not bring the sets
along: they are CC BY-SA 4.0. Published figures were measured with another harness and with examples before the
question, so they are landmarks, not rivals.
"""

import json
import logging
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.conversation import Conversation, Role, Turn
from train.evaluate.memory import spread
from train.evaluate.subject import Asking, Subject

NUM_QUESTIONS = 200
ANSWER = Asking(max_tokens=32)
RELATIONS = {"entailment": "含意", "contradiction": "矛盾", "neutral": "中立"}
PUBLISHED: Mapping[str, Mapping[str, float]] = {
    "rinna/japanese-gpt-1b": {"G4": 0.3476, "JNLI": 0.3767, "JSQuAD": 0.2618},
    "ELYZA-japanese-Llama-2-7b-instruct": {"G4": 0.6515, "JNLI": 0.5744, "JSQuAD": 0.6729},
    "ELYZA-japanese-Llama-2-7b-fast-instruct": {"G4": 0.7069, "JNLI": 0.3648, "JSQuAD": 0.6887},
}
"""3-shot JCommonsenseQA and JNLI, 2-shot JSQuAD: from Stability-AI's lm-evaluation-harness (rinna) and the card of
RakutenAI-7B (ELYZA)."""

log = logging.getLogger(__name__)


class JglueError(ValueError):
    """A folder of JGLUE cannot be used; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A question with ``options``, of which ``right`` is the place of the right one."""

    asked: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A question about a text and the spellings that count as right."""

    asked: str
    accepted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Jglue:
    """What is asked: ``choices`` by metric id, and readings."""

    choices: Mapping[str, Sequence[Choice]]
    readings: Sequence[Reading]

    def hits(self, subject: Subject) -> dict[str, list[bool]]:
        """Return by metric id which questions were answered right."""
        found = {id_: _chosen(subject, tasks) for id_, tasks in self.choices.items() if tasks}
        return found | ({"JSQuAD": _read(subject, self.readings)} if self.readings else {})


def load(folder: Path, num: int = NUM_QUESTIONS) -> Jglue:
    """Read at most ``num`` questions a task, evenly spread over each set. Raises JglueError.

    A task whose file is not there is left out and named in the log.
    """
    if not folder.is_dir():
        raise JglueError(f"{folder} is no folder: name the one with JGLUE's validation sets.")
    rows = {task: _rows(folder, task) for task in ("jcommonsenseqa", "jnli", "jsquad")}
    if not any(rows.values()):
        raise JglueError(
            f"{folder} holds none of JGLUE's sets: put files such as jcommonsenseqa-valid-v1.3.json into it."
        )
    try:
        choices = {
            "G4": [_commonsense(row) for row in spread(rows["jcommonsenseqa"], num)],
            "JNLI": [_relation(row) for row in spread(rows["jnli"], num)],
        }
        return Jglue(choices, [_reading(row) for row in spread(rows["jsquad"], num)])
    except (KeyError, TypeError, IndexError) as error:
        raise JglueError(f"{folder}: a row lacks {error}; take the sets as JGLUE publishes them.") from None


def _rows(folder: Path, task: str) -> list[dict[str, Any]]:
    """Return the rows of a task's file: JSON lines, or SQuAD's own nesting."""
    files = sorted(folder.rglob("*valid*.json*"))
    paths = [path for path in files if task in path.relative_to(folder).as_posix().lower()]
    if not paths:
        log.warning("jglue task=%s left out: no file of it in %s", task, folder)
        return []
    text = paths[-1].read_text(encoding="utf-8")
    try:
        if text.lstrip().startswith('{"version"') or '"paragraphs"' in text[:2000]:
            return _unnested(json.loads(text))
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        raise JglueError(f"{paths[-1]} is not readable JSON ({error}): fetch it again.") from None


def _unnested(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "context": paragraph["context"],
            "question": asked["question"],
            "answers": [answer["text"] for answer in asked["answers"]],
        }
        for article in document["data"]
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    ]


def _commonsense(row: Mapping[str, Any]) -> Choice:
    options = row["choices"] if "choices" in row else [row[f"choice{number}"] for number in range(5)]
    return Choice(
        asked=f"{row['question']}\n次の中から選んでください：{'、'.join(options)}",
        options=tuple(options),
        right=int(row["label"]),
    )


def _relation(row: Mapping[str, Any]) -> Choice:
    premise, hypothesis = row.get("premise", row.get("sentence1")), row.get("hypothesis", row.get("sentence2"))
    return Choice(
        asked=f"前提：{premise}\n仮説：{hypothesis}\n前提に対して仮説は{'、'.join(RELATIONS.values())}のどれですか？",
        options=tuple(RELATIONS.values()),
        right=list(RELATIONS).index(row["label"]),
    )


def _reading(row: Mapping[str, Any]) -> Reading:
    context = row["context"].split("[SEP]")[-1].strip()
    asked = f"{context}\n質問：{row['question']}\n文章の言葉で短く答えてください。"
    return Reading(asked, tuple(row["answers"]))


def _conversation(asked: str) -> Conversation:
    return Conversation((Turn(Role.USER, asked),))


def _chosen(subject: Subject, tasks: Sequence[Choice]) -> list[bool]:
    """Return whether the right option is the likeliest reply, its end included."""
    nats = subject.nats_of_options([(_conversation(task.asked), task.options) for task in tasks])
    return [own.index(min(own)) == task.right for own, task in zip(nats, tasks, strict=True)]


def _read(subject: Subject, readings: Sequence[Reading]) -> list[bool]:
    replies = subject.replies([_conversation(reading.asked) for reading in readings], ANSWER)
    return [
        _plain(reply.text) in {_plain(answer) for answer in reading.accepted}
        for reply, reading in zip(replies, readings, strict=True)
    ]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(" 　。、.「」\n")
