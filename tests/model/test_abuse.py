"""Whatever is thrown at the worker's doors: no server error, nobody else's answer lost, nothing left behind."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.protocol import ChatRequest
from model.shelf import Shelf
from tests.model.workers import Oracle, chat, config_for, ready, until

_TEXT = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["", "\x00", "../x", "a" * 5000, "\ud800", "/etc/passwd"]
)
_NUMBER = st.sampled_from(
    [0, -1, 1, 2, 1e-320, 1e-30, 1e300, -1e300, 10**30, -(10**30), 2**63, float("inf"), float("nan")]
)
_VALUE = st.recursive(
    st.none() | st.booleans() | _NUMBER | st.floats() | st.integers() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_ROLE = st.sampled_from(["user", "assistant", "system", "tool", ""])
_MESSAGES = st.lists(st.fixed_dictionaries({"role": _ROLE, "content": _TEXT | _VALUE}), max_size=4)
_FIELDS = sorted(ChatRequest.model_fields.keys() - {"messages", "max_tokens"})
_CHAT = st.fixed_dictionaries(
    {
        "messages": st.just([{"role": "user", "content": "元気？"}]) | _MESSAGES | _VALUE,
        "max_tokens": st.just(2) | _VALUE,
    },
    optional=dict.fromkeys(_FIELDS, _VALUE | _NUMBER),
)
_DOORS = st.sampled_from(
    ["/senpai/use", "/senpai/rollback", "/senpai/forget", "/v1/load_lora_adapter", "/v1/unload_lora_adapter"]
)
_ADMIN = st.dictionaries(
    st.sampled_from(["checkpoint", "who", "force", "lora_name", "lora_path", "x"]), _TEXT | _VALUE, max_size=4
)
_MANY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def abused(pristine_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """One worker for everything that is thrown in this module, on aoi."""
    home = tmp_path_factory.mktemp("abused")
    shutil.copytree(pristine_home / "checkpoints", home / "checkpoints")
    Shelf(home).use("aoi", who="test")
    with ready(config_for(home, pristine_home / "base")) as client:
        yield client


def _post(client: httpx.Client, path: str, body: object) -> httpx.Response:
    content = json.dumps(body).encode()  # NaN, Infinity and lone surrogates as they come
    return client.post(path, content=content, headers={"content-type": "application/json"})


def _is_told_well(answer: httpx.Response) -> bool:
    """Return whether an answer is good or an error in OpenAI's form, and none of the server's own."""
    if answer.status_code == 200:
        return "server_error" not in answer.text
    error = answer.json()["error"]
    return answer.status_code in (400, 404, 409) and set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "\ud800"}]}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "元気？"}], "stop": ["\ud800"]}),
        ("/senpai/use", {"checkpoint": "\ud800"}),
        ("/senpai/rollback", {"who": "\ud800"}),
        ("/senpai/forget", {"\ud800": 1}),
        ("/v1/load_lora_adapter", {"lora_name": "\ud800", "lora_path": "x"}),
        ("/v1/unload_lora_adapter", "\ud800"),
    ],
)
def test_half_a_character_is_refused_in_words(abused: httpx.Client, path: str, body: object) -> None:
    answer = _post(abused, path, body)
    assert answer.status_code == 400
    assert "whole characters" in answer.json()["error"]["message"]


@_MANY
@given(body=_CHAT)
def test_no_chat_request_breaks_anything(abused: httpx.Client, body: dict[str, Any]) -> None:
    answer = _post(abused, "/v1/chat/completions", body)
    assert _is_told_well(answer), answer.text


@_MANY
@given(path=_DOORS, body=_ADMIN | _VALUE)
def test_no_administration_breaks_anything(abused: httpx.Client, path: str, body: object) -> None:
    answer = _post(abused, path, body)
    assert _is_told_well(answer), answer.text


@_MANY
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#%\\"), max_size=40),
    content=st.binary(max_size=60),
)
def test_no_bytes_at_any_path_break_anything(abused: httpx.Client, method: str, path: str, content: bytes) -> None:
    answer = abused.request(
        method, httpx.URL(f"{abused.base_url}/").copy_with(raw_path=b"/" + path.encode()), content=content
    )
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "extreme",
    [
        {"temperature": 1e-320},
        {"temperature": 2, "top_p": 1e-300},
        {"top_k": 10**30},
        {"repetition_penalty": 1e-40},
        {"no_repeat_ngram_size": 2**63},
        {"max_tokens": 10**30},
    ],
)
async def test_extreme_numbers_cost_the_neighbours_nothing(
    abused: httpx.Client, oracle: Oracle, extreme: dict[str, Any]
) -> None:
    neighbour = chat("元気？", model="aoi", temperature=0, max_tokens=40)
    async with httpx.AsyncClient(base_url=abused.base_url, timeout=60) as client:
        beside = asyncio.create_task(client.post("/v1/chat/completions", json=neighbour))
        await asyncio.sleep(0.02)
        answer = await client.post("/v1/chat/completions", json=chat("x", model="aoi", **extreme))
        assert answer.status_code == 400
        assert (await beside).json()["choices"][0]["message"]["content"] == oracle.answer("aoi", neighbour).text


def test_afterwards_nothing_waits_or_runs_and_the_right_tokens_come(abused: httpx.Client, oracle: Oracle) -> None:
    until(lambda: [abused.get("/senpai/status").json()[name] for name in ("queue", "running")] == [0, 0])
    body = chat("元気？", model="aoi", temperature=0, max_tokens=12)
    answer = abused.post("/v1/chat/completions", json=body).json()
    assert answer["choices"][0]["message"]["content"] == oracle.answer("aoi", body).text
