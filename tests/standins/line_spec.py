"""Judges what crosses LINE's door by LINE's own OpenAPI files, and by its documents where they are stricter.

Knows the spec files of ../shared and a few rules from the documentation. Does not know servers or the bot.

OpenAPI 3.0 says "this is one of those kinds" with a discriminator beside allOf, which plain JSON Schema ignores; each
such schema is rewritten here into if/then per kind, so that a kind without its fields, an unknown kind and an unknown
field are all found.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import yaml

Schema = dict[str, Any]
SPECS = Path("specs/line")
MAX_TEXT_UNITS = 5000
RETRY_KEY = "X-Line-Retry-Key"


EDITED_EVENT: Schema = {
    "allOf": [
        {"$ref": "#/components/schemas/Event"},
        {
            "type": "object",
            "required": ["message"],
            "properties": {
                "replyToken": {"type": "string"},
                "message": {"$ref": "#/components/schemas/MessageContent"},
            },
        },
    ]
}
"""Announced in July 2026; the stored webhook.yml is older."""


class LineSpec:
    """The messaging API (what the bot sends and what LINE answers) and the webhook (what LINE sends)."""

    def __init__(self, shared: Path) -> None:
        self._api = _Document(shared / SPECS / "messaging-api.yml")
        self._webhook = _Document(shared / SPECS / "webhook.yml")

    def judge_request(self, method: str, path: str, headers: Mapping[str, str], body: object) -> list[str]:
        """Return what is wrong with a request to LINE, each as one line; ``body`` is None where there is none."""
        operation = self._api.operation(method, path)
        if operation is None:
            return [f"{method} {path}: no such operation"]
        schema = _json_schema(operation.get("requestBody", {}))
        closed = {"allOf": [schema], "unevaluatedProperties": False}
        problems = list(self._api.problems(closed, body)) if schema else []
        stricter = [*_problems_of_headers(path, headers), *_problems_of_texts(body)]
        return [f"{method} {path}: {problem}" for problem in [*problems, *stricter]]

    def judge_response(self, method: str, path: str, status: int, body: object) -> list[str]:
        """Return what is wrong with an answer of LINE's."""
        operation = self._api.operation(method, path) or {}
        schema = _json_schema(operation.get("responses", {}).get(str(status), {}))
        problems = self._api.problems(schema, body) if schema else ()
        return [f"{method} {path} -> {status}: {problem}" for problem in problems]

    def judge_webhook(self, body: object) -> list[str]:
        """Return what is wrong with a webhook's body."""
        schema = {"$ref": "#/components/schemas/CallbackRequest"}
        return [f"webhook: {problem}" for problem in self._webhook.problems(schema, body)]


class _Document:
    """One OpenAPI file as plain JSON Schema 2020-12."""

    def __init__(self, path: Path) -> None:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        _add_news(document["components"]["schemas"])
        self._paths = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): item for path, item in document["paths"].items()}
        self._components = {"schemas": rewrite(document["components"]["schemas"])}

    def operation(self, method: str, path: str) -> Schema | None:
        found = (item for pattern, item in self._paths.items() if pattern.fullmatch(path))
        return next((item[method.lower()] for item in found if method.lower() in item), None)

    def problems(self, schema: Schema, body: object) -> Iterator[str]:
        whole = {**schema, "components": self._components}
        validator = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
        for error in validator.iter_errors(body):
            said = error.message
            yield f"{error.json_path}: {said if len(said) < 200 else f'{said[:100]} … {said[-60:]}'}"


def _add_news(schemas: dict[str, Schema]) -> None:
    if "CallbackRequest" in schemas:
        schemas["MessageEditedEvent"] = EDITED_EVENT
        kinds = schemas["Event"]["discriminator"]["mapping"]
        kinds["messageEdited"] = "#/components/schemas/MessageEditedEvent"


def rewrite(schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return the schemas with every discriminator turned into if/then per kind, closed against unknown fields."""
    families = {name for name, schema in schemas.items() if "discriminator" in schema}
    rewritten = {}
    for name, schema in schemas.items():
        if name not in families:
            rewritten[name] = _with_plain_parents(schema, families)
            continue
        rewritten[f"{name}.plain"] = {key: value for key, value in schema.items() if key != "discriminator"}
        rewritten[name] = _family(f"#/components/schemas/{name}.plain", schema["discriminator"])
    return rewritten


def _with_plain_parents(schema: Schema, families: set[str]) -> Schema:
    """A kind extends its family's plain fields; extending the family itself would go round in circles."""
    parents = [
        {"$ref": f"{part['$ref']}.plain"} if part.get("$ref", "").rpartition("/")[2] in families else part
        for part in schema.get("allOf", ())
    ]
    return {**schema, "allOf": parents} if parents else schema


def _family(plain: str, discriminator: Schema) -> Schema:
    key, kinds = discriminator["propertyName"], discriminator["mapping"]
    branches = [
        {"if": {"required": [key], "properties": {key: {"const": kind}}}, "then": {"$ref": reference}}
        for kind, reference in kinds.items()
    ]
    is_known = {"required": [key], "properties": {key: {"enum": list(kinds)}}}
    return {"allOf": [{"$ref": plain}, is_known, *branches], "unevaluatedProperties": False}


def _json_schema(part: Schema) -> Schema:
    schema: Schema = part.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _problems_of_headers(path: str, headers: Mapping[str, str]) -> Iterator[str]:
    if not headers.get("Authorization", "").startswith("Bearer "):
        yield "no bearer token"
    retry_key = headers.get(RETRY_KEY)
    if path.endswith("/message/reply") and retry_key is not None:
        yield f"{RETRY_KEY} is not allowed on a reply"
    if path.endswith("/message/push") and not _is_uuid(retry_key):
        yield f"{RETRY_KEY} of a push is not a UUID"


def _is_uuid(value: str | None) -> bool:
    try:
        return value is not None and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _problems_of_texts(body: object) -> Iterator[str]:
    """Yield what the documentation forbids and the spec does not say."""
    if not isinstance(body, dict):
        return
    if isinstance(seconds := body.get("loadingSeconds"), int) and seconds % 5:
        yield f"loadingSeconds {seconds} is not a multiple of 5"
    for message in body.get("messages") or ():
        text = message.get("text") if isinstance(message, dict) else None
        if isinstance(text, str) and not 1 <= units(text) <= MAX_TEXT_UNITS:
            yield f"a text of {units(text)} UTF-16 units; allowed are 1 to {MAX_TEXT_UNITS}"


def units(text: str) -> int:
    """Count UTF-16 units, LINE's characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
