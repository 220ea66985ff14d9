"""Nothing private stands in the repository: no one's machine, no registry, no one's mail or telephone."""

import re

from tests.house.tree import tracked_texts

INVENTED_MAIL = re.compile(
    r"@(?:[\w-]+\.)*(?:example|test|invalid|localhost|example\.(?:com|org|net|jp|ne\.jp|co\.jp|ac\.jp))$"
)
INVENTED_PHONE = re.compile(r"0[789]0-?(?:1234-?5678|0000-?\d{4}|1111-?\d{4}|9999-?\d{4})$")
SELF = "tests/house/test_private.py"

_MACHINE = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w+")
_REGISTRY = re.compile(r"pypi\.org|pythonhosted|/opt/pypi|index-url|artifactory|devpi", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}")
_PHONE = re.compile(r"(?<![\d-])0[789]0-?\d{4}-?\d{4}(?![\d-])")
_KEY = re.compile(r"(?:sk|hf|ghp|xoxb)[-_][A-Za-z0-9]{24,}|-----BEGIN [A-Z ]*PRIVATE KEY")


def _found(pattern: re.Pattern[str], invented: re.Pattern[str] | None = None) -> set[str]:
    return {
        f"{name}: {match[0]}"
        for name, text in tracked_texts()
        if name != SELF
        for match in pattern.finditer(text)
        if invented is None or not invented.search(match[0])
    }


def test_no_file_names_a_path_of_one_machine() -> None:
    assert not _found(_MACHINE)


def test_no_file_names_a_package_registry() -> None:
    assert not _found(_REGISTRY)


def test_every_mail_address_is_invented() -> None:
    assert not _found(_MAIL, INVENTED_MAIL)


def test_every_mobile_number_is_invented() -> None:
    assert not _found(_PHONE, INVENTED_PHONE)


def test_no_file_holds_a_key() -> None:
    assert not _found(_KEY)
