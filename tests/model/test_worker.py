"""The worker over HTTP, as a client of OpenAI's API meets it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from model.engine.kernel import Kernel
from model.worker import WorkerConfig, WorkerError, listen
from tests.model.workers import Oracle, chat, config_for, ready, running, until


def _status(worker: httpx.Client) -> dict[str, Any]:
    status: dict[str, Any] = worker.get("/senpai/status").json()
    return status


def _metric(worker: httpx.Client, name: str) -> float:
    lines = worker.get("/metrics").text.splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(f"{name} ")))


def test_an_answer_names_the_checkpoint_and_counts_its_tokens(worker: httpx.Client, oracle: Oracle) -> None:
    body = chat("趣味は？", model="aoi", temperature=0, max_tokens=12)
    answer = worker.post("/v1/chat/completions", json=body).json()
    expected = oracle.answer("aoi", body)
    assert answer["object"] == "chat.completion"
    assert answer["model"] == "aoi"
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": expected.text}
    assert answer["choices"][0]["finish_reason"] == expected.finish_reason
    usage = answer["usage"]
    assert usage["completion_tokens"] == len(expected.tokens)
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_with_a_folder_for_the_kernel_4_bits_are_served_as_they_are(home: Path, base: Path, kernel: Kernel) -> None:
    config = config_for(home, base, quantization="4bit", kernel_folder=home / "kernel")
    with ready(config) as worker:
        assert _status(worker)["quantization"] == "4bit"
        body = chat("趣味は？", model="aoi", temperature=0, max_tokens=12)
        first, again = (worker.post("/v1/chat/completions", json=body).json() for _ in range(2))
    assert first["choices"] == again["choices"]
    assert len(list((home / "kernel").glob("kernel-*.so"))) == 1


async def test_openais_own_client_streams_the_same_answer(worker: httpx.Client, oracle: Oracle) -> None:
    body = chat("おはよう", model="ren", temperature=1.0, seed=11, max_tokens=30)
    async with openai.AsyncOpenAI(base_url=f"{worker.base_url}/v1", api_key="none", max_retries=0) as client:
        stream = await client.chat.completions.create(**body, stream=True, stream_options={"include_usage": True})
        chunks = [chunk async for chunk in stream]
    expected = oracle.answer("ren", body)
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert {chunk.model for chunk in chunks} == {"ren"}
    assert text == expected.text
    assert chunks[-2].choices[0].finish_reason == expected.finish_reason
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == len(expected.tokens)


def test_a_stream_is_openais_events_and_ends_with_done(worker: httpx.Client) -> None:
    response = worker.post("/v1/chat/completions", json=chat("やあ", stream=True, max_tokens=3, temperature=0))
    assert response.headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert events[-1] == "[DONE]"
    parts = [json.loads(event) for event in events[:-1]]
    assert {part["object"] for part in parts} == {"chat.completion.chunk"}
    assert len({part["id"] for part in parts}) == 1
    assert parts[0]["choices"][0]["delta"]["role"] == "assistant"
    assert [bool(part["choices"][0]["finish_reason"]) for part in parts] == [False] * (len(parts) - 1) + [True]


async def test_twenty_people_at_once_each_get_their_own_answer_in_shared_steps(
    worker: httpx.Client, oracle: Oracle
) -> None:
    bodies = [
        chat(f"{number}番です", user=f"person{number}", model="aoi", seed=number, temperature=1.0, max_tokens=40)
        for number in range(20)
    ]
    async with httpx.AsyncClient(base_url=worker.base_url, timeout=60) as client:
        answers = await asyncio.gather(*(client.post("/v1/chat/completions", json=body) for body in bodies))
    for body, answer in zip(bodies, answers, strict=True):
        assert answer.json()["choices"][0]["message"]["content"] == oracle.answer("aoi", body).text
    assert _metric(worker, "senpai_step_rows_sum") / _metric(worker, "senpai_step_rows_count") > 4
    until(lambda: (_status(worker)["queue"], _status(worker)["running"]) == (0, 0))


async def test_checkpoints_and_the_bare_base_answer_side_by_side(
    worker: httpx.Client, oracle: Oracle, base: Path
) -> None:
    names = ["aoi", "ren", f"base:{base}", "yui"] * 3
    bodies = [chat("好きな食べ物は？", model=name, temperature=0, max_tokens=25) for name in names]
    async with httpx.AsyncClient(base_url=worker.base_url, timeout=60) as client:
        answers = await asyncio.gather(*(client.post("/v1/chat/completions", json=body) for body in bodies))
    for name, body, answer in zip(names, bodies, answers, strict=True):
        assert answer.json()["model"] == name
        assert answer.json()["choices"][0]["message"]["content"] == oracle.answer(name, body).text


async def test_closing_a_stream_frees_its_row(worker: httpx.Client) -> None:
    body = chat("長い話をして", stream=True, max_tokens=400, temperature=0)
    async with (
        httpx.AsyncClient(base_url=worker.base_url, timeout=60) as client,
        client.stream("POST", "/v1/chat/completions", json=body) as response,
    ):
        await anext(response.aiter_lines())
    until(lambda: (_status(worker)["queue"], _status(worker)["running"]) == (0, 0), seconds=5)


async def test_closing_the_connection_of_a_whole_answer_frees_its_row(worker: httpx.Client) -> None:
    body = chat("長い話をして", max_tokens=400, temperature=0)
    async with httpx.AsyncClient(base_url=worker.base_url, timeout=0.15) as client:
        with pytest.raises(httpx.TimeoutException):
            await asyncio.gather(*(client.post("/v1/chat/completions", json=body) for _ in range(20)))
    until(lambda: (_status(worker)["queue"], _status(worker)["running"]) == (0, 0), seconds=5)


async def test_beyond_the_bound_429_says_when_to_come_back(home: Path, base: Path) -> None:
    with ready(config_for(home, base, max_waiting=2)) as worker:
        body = chat("混んでる？", max_tokens=200, temperature=0)
        async with httpx.AsyncClient(base_url=worker.base_url, timeout=60) as client:
            answers = await asyncio.gather(*(client.post("/v1/chat/completions", json=body) for _ in range(40)))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert {answer.status_code for answer in answers} == {200, 429}
        assert int(refused[0].headers["retry-after"]) > 0
        assert refused[0].json()["error"]["code"] == "queue_full"


def test_a_deadline_ends_the_answer_with_what_there_is(worker: httpx.Client) -> None:
    body = chat("急いで", max_tokens=400, temperature=0, deadline_s=0.05)
    answer = worker.post("/v1/chat/completions", json=body).json()
    assert answer["choices"][0]["finish_reason"] == "deadline"
    assert answer["usage"]["completion_tokens"] < 400


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (chat("あ" * 500), 400, "The prompt has 1504 tokens and the answer may have 64, but this model reads 512"),
        (chat("x", model="dare"), 404, "There is no checkpoint 'dare'"),
        (chat("x", model="../aoi"), 404, "There is no checkpoint"),
        (chat("x", model="base:other"), 404, "No base 'other'"),
        (chat("x", temperature=3), 400, "temperature"),
        (chat("x", max_tokens=-1), 400, "max_tokens"),
        (chat("x", top_p="much"), 400, "top_p"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "boss", "content": "x"}]}, 400, "Unknown role"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}, 400, "content"),
        ({}, 400, "messages"),
    ],
)
def test_a_request_that_cannot_be_answered_is_told_why(
    worker: httpx.Client, body: dict[str, Any], status: int, words: str
) -> None:
    answer = worker.post("/v1/chat/completions", json=body)
    assert answer.status_code == status
    assert words in answer.json()["error"]["message"]
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_what_is_no_json_is_told_so(worker: httpx.Client) -> None:
    answer = worker.post("/v1/chat/completions", content=b"\xff{", headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_the_models_that_can_be_asked_for_are_listed(worker: httpx.Client, base: Path) -> None:
    listed = worker.get("/v1/models").json()
    assert [model["id"] for model in listed["data"]] == ["aoi", f"base:{base}", "mada", "ren", "yui"]


def test_a_key_is_asked_for_everywhere_but_at_the_health_doors(home: Path, base: Path) -> None:
    with ready(config_for(home, base, key="ひみつ")) as worker:
        assert worker.get("/healthz").status_code == 200
        assert worker.get("/v1/models").status_code == 401
        wrong = {"Authorization": "Bearer himitsu"}
        assert worker.get("/senpai/status", headers=wrong).json()["error"]["type"] == "authentication_error"
        right = {"Authorization": "Bearer ひみつ".encode()}
        assert worker.get("/senpai/status", headers=right).status_code == 200


def test_without_a_key_no_other_machine_can_be_served(home: Path) -> None:
    with pytest.raises(WorkerError, match="SENPAI_WORKER_KEY"):
        WorkerConfig(home=home, host="0.0.0.0")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "", "127.0.0.1.evil.example"])
def test_a_web_page_that_rebinds_its_name_is_refused(worker: httpx.Client, host: str) -> None:
    assert worker.get("/senpai/status", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8640"])
def test_every_name_of_loopback_is_accepted(worker: httpx.Client, host: str) -> None:
    assert worker.get("/senpai/status", headers={"Host": host}).status_code == 200


def test_while_it_loads_it_says_so_and_when_to_come_back(home: Path, base: Path) -> None:
    with running(config_for(home, base, checkpoint="dare")) as url, httpx.Client(base_url=url) as worker:
        assert worker.get("/healthz").status_code == 200
        for answer in (worker.get("/readyz"), worker.post("/v1/chat/completions", json=chat("x"))):
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0


def test_a_port_in_use_is_told_in_one_sentence() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WorkerError, match=rf"Cannot listen on 127.0.0.1:{port} \(Address already in use\)"):
            listen("127.0.0.1", port)
