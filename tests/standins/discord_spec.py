"""Judges what crosses Discord's REST door by Discord's own OpenAPI file, and by the docs where they are stricter.

Knows the specification. Does not know the bot. Where ../shared is absent it judges nothing and says so.

Where docs and file differ the docs win: a message has at most 2000 characters (file: 4000), numbers are taken as
snowflakes too (file: strings), commands may carry ``nsfw`` and edits discord.py's own ``tts`` (absent from the file).
"""

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.shared import SHARED

SPEC = SHARED / "specs" / "discord" / "openapi.json"
MAX_CONTENT = 2000
UNDOCUMENTED_FIELDS = {
    "ApplicationCommandUpdateRequest": {"nsfw"},
    "MessageEditRequestPartial": {"tts"},
    "IncomingWebhookUpdateRequestPartial": {"tts"},
}
ROOT = "urn:discord"


class Judge:
    """Collects violations, one sentence each."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.num_judged = 0
        self.is_awake = SPEC.is_file()

    def judge_request(self, method: str, path: str, body: Any) -> None:
        """Judge a request body by the path's own schema."""
        if not self.is_awake:
            return
        template = _template(path)
        operation = _spec()["paths"].get(template, {}).get(method.lower()) if template else None
        if operation is None:
            self.violations.append(f"{method} {path}: no such door")
            return
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return
        pointer = f"#/paths/{template.replace('~', '~0').replace('/', '~1')}/{method.lower()}/requestBody"
        self._judge(f"{method} {template}", f"{pointer}/content/application~1json/schema", body)
        self._judge_more(f"{method} {template}", content["application/json"]["schema"], body)

    def judge_payload(self, name: str, payload: Any) -> None:
        """Judge what the stand-in itself sends, by a named schema."""
        if self.is_awake:
            self._judge(name, f"#/components/schemas/{name}", payload)

    def _judge(self, where: str, pointer: str, body: Any) -> None:
        self.num_judged += 1
        for error in _validator(pointer).iter_errors(body):
            self.violations.append(f"{where}: {'/'.join(map(str, error.path))}: {error.message[:200]}")

    def _judge_more(self, where: str, schema: dict[str, Any], body: Any) -> None:
        if isinstance(body, dict) and len(str(body.get("content") or "")) > MAX_CONTENT:
            self.violations.append(f"{where}: content has more than {MAX_CONTENT} characters")
        for each in body if isinstance(body, list) else [body]:
            unknown = set(each) - _fields(schema) if isinstance(each, dict) else set()
            if unknown:
                self.violations.append(f"{where}: unknown fields {sorted(unknown)}")


@cache
def _spec() -> dict[str, Any]:
    spec = json.loads(SPEC.read_text(encoding="utf-8"))
    snowflake = spec["components"]["schemas"]["SnowflakeType"]
    spec["components"]["schemas"]["SnowflakeType"] = {"anyOf": [snowflake, {"type": "integer", "minimum": 0}]}
    return spec


@cache
def _registry() -> Registry:
    return Registry().with_resource(ROOT, Resource.from_contents({**_spec(), "$schema": DIALECT}))


DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def _validator(pointer: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"{ROOT}{pointer}"}, registry=_registry())


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    def pattern(template: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)) + "$")

    literal_first = sorted(_spec()["paths"], key=lambda template: template.count("{"))
    return [(pattern(template), template) for template in literal_first]


def _template(path: str) -> str | None:
    return next((template for pattern, template in _templates() if pattern.match(path)), None)


def _fields(schema: dict[str, Any]) -> set[str]:
    """Return every field a schema knows, through references and alternatives."""
    if reference := schema.get("$ref"):
        name = reference.rsplit("/", 1)[1]
        return _fields(_spec()["components"]["schemas"][name]) | UNDOCUMENTED_FIELDS.get(name, set())
    found = set(schema.get("properties", {}))
    for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        found |= _fields(part)
    if "items" in schema:
        found |= _fields(schema["items"])
    return found
