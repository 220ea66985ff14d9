"""Tells whether a webhook's body comes from LINE. Knows the channel secrets and bytes; does not parse anything."""

import base64
import hmac
from collections.abc import Sequence


def is_signed(body: bytes, signature: str | None, secrets: Sequence[str]) -> bool:
    """Return whether ``signature`` is the base64 HMAC-SHA256 of the raw ``body`` under any of ``secrets``.

    Several secrets are valid while a channel secret is being reissued. ``signature`` is a header's value and may be
    missing or hold anything.
    """
    if not signature:
        return False
    given = signature.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(sign(body, secret), given) for secret in secrets)


def sign(body: bytes, secret: str) -> bytes:
    """Return the value LINE puts into ``x-line-signature`` for ``body``."""
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))
