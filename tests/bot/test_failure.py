"""What went wrong is told twice: to the log, and to the person who waits."""

import logging

import pytest

from bot.completions import WorkerUnreachable
from bot.failure import SENTENCE_FOR, explain
from bot.i18n import Sentences

log = logging.getLogger(__name__)


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_every_failure_has_a_sentence_with_a_number(locale) -> None:
    for _, key in (*SENTENCE_FOR, (Exception, "unexpected")):
        assert "abc123" in Sentences(locale).say(key, id="abc123")


def test_the_person_and_the_log_are_told_the_same_number(caplog) -> None:
    told = explain(WorkerUnreachable("nobody at 127.0.0.1"), Sentences("en"), log.warning)
    (record,) = caplog.records
    assert record.args[0] in told and "nobody at 127.0.0.1" in record.getMessage()
    assert "127.0.0.1" not in told and record.exc_info is None


def test_a_failure_nobody_expected_leaves_its_traceback_in_the_log(caplog) -> None:
    assert explain(KeyError("a bug"), Sentences("ja"), log.error).startswith("ごめんなさい")
    assert caplog.records[0].exc_info is not None
