"""Only bytes signed with one of the channel's secrets are LINE's."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.line.signature import is_signed, sign

OLD, NEW = "old-secret", "new-secret"


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_what_a_secret_signed_is_recognised_while_secrets_are_rotated(body: bytes) -> None:
    assert is_signed(body, sign(body, OLD).decode(), (NEW, OLD))
    assert not is_signed(body, sign(body, "stolen").decode(), (NEW, OLD))


@settings(deadline=None)
@given(st.binary(max_size=50), st.none() | st.text(max_size=60))
def test_any_other_signature_is_wrong_whatever_it_holds(body: bytes, signature: str | None) -> None:
    assert not is_signed(body, signature, (NEW, OLD))


def test_nothing_is_signed_without_a_secret() -> None:
    assert not is_signed(b"{}", sign(b"{}", "").decode(), ())
