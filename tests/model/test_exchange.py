"""Swaps of the whole model: beside the old one where memory allows, else in its place, and never without a way back."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, LlamaConfig, LlamaForCausalLM

from model import loader
from model.base import resolve
from model.checkpoint import Gate, Kind, seal
from model.engine.cache import MAX_ROWS
from model.shelf import Shelf
from tests.consents import write_consent
from tests.model.tiny import save_tiny_adapter, save_tiny_base, tiny_tokenizer
from tests.model.workers import Oracle, chat, config_for, ready, until

OLD = chat("元気？", temperature=0, max_tokens=12)


def _save_full(home: Path, base: Path, *, is_broken: bool = False) -> None:
    folder = save_tiny_base(home / "checkpoints" / "full", seed=9)
    if is_broken:
        path = folder / "model.safetensors"
        weights = load_file(path)
        weights["model.norm.weight"] = torch.full_like(weights["model.norm.weight"], float("nan"))
        save_file(weights, path, metadata={"format": "pt"})
    _seal_full(folder, base)


def _seal_full(folder: Path, base: Path) -> None:
    (folder / "persona.toml").write_text('name = "全部"\n', encoding="utf-8")
    write_consent(folder)
    own = {"name": "full", "kind": Kind.FULL, "base": str(base), "base_hash": resolve(str(base)).hash(), "seed": 0}
    seal(folder, **own, method="full", data_hash="none", gate=Gate.PASSED)


def _one_fits(base: Path) -> int:
    """Return so much memory that one tiny model fits and two do not."""
    needed = loader.needed_bytes(resolve(str(base)), quantization="none", device="cpu", rows=MAX_ROWS)
    return int(needed * 1.5)


@pytest.fixture
def small(home: Path, base: Path) -> Iterator[httpx.Client]:
    """A worker with memory for one model, on aoi."""
    Shelf(home).use("aoi", who="test")
    with ready(config_for(home, base, max_bytes=_one_fits(base))) as client:
        yield client


def _status(worker: httpx.Client) -> dict[str, Any]:
    status: dict[str, Any] = worker.get("/senpai/status").json()
    return status


def _say(worker: httpx.Client, **fields: Any) -> tuple[str, str]:
    answer = worker.post("/v1/chat/completions", json={**OLD, **fields}).json()
    return answer["model"], answer["choices"][0]["message"]["content"]


async def _keep_asking(client: httpx.AsyncClient, is_over: asyncio.Event) -> list[tuple[float, httpx.Response]]:
    """Ask short questions one after the other; return (when it was answered, the answer)."""
    heard = []
    while not is_over.is_set():
        heard.append((time.monotonic(), await client.post("/v1/chat/completions", json=chat("今？", max_tokens=1))))
        await asyncio.sleep(0.01)
    return heard


async def test_when_both_models_do_not_fit_no_running_answer_fails_and_the_gap_is_told(
    small: httpx.Client, home: Path, base: Path, oracle: Oracle
) -> None:
    _save_full(home, base)
    bodies = [chat(f"{number}番です", user=str(number), seed=number, max_tokens=80) for number in range(16)]
    is_over = asyncio.Event()
    async with httpx.AsyncClient(base_url=small.base_url, timeout=60) as client:
        running = [asyncio.create_task(client.post("/v1/chat/completions", json=body)) for body in bodies]
        await asyncio.to_thread(until, lambda: _status(small)["running"] >= 8)
        asking = asyncio.create_task(_keep_asking(client, is_over))
        swap = asyncio.create_task(client.post("/senpai/use", json={"checkpoint": "full"}))
        await asyncio.to_thread(until, lambda: _status(small)["swapping"] == "full")
        answers = await asyncio.gather(*running)
        assert (await swap).json() == {"current": "full", "previous": "aoi"}
        await asyncio.sleep(0.1)
        is_over.set()
        heard = await asking
    for body, answer in zip(bodies, answers, strict=True):
        assert answer.json()["choices"][0]["message"]["content"] == oracle.answer("aoi", body).text
    refused = [(at, answer) for at, answer in heard if answer.status_code != 200]
    assert {(answer.status_code, answer.json()["error"]["code"]) for _, answer in refused} == {(503, "swapping")}
    assert all(int(answer.headers["retry-after"]) > 0 for _, answer in refused)
    assert refused[-1][0] - refused[0][0] <= 15
    assert heard[-1][1].json()["model"] == "full"
    assert (_status(small)["loaded"], _status(small)["swapping"]) == (["full"], None)


async def test_a_model_is_quantised_for_the_first_time_before_anybody_has_to_wait(home: Path, base: Path) -> None:
    _save_full(home, base)
    Shelf(home).use("aoi", who="test")
    one = loader.needed_bytes(resolve(str(base)), quantization="4bit", device="cpu", rows=MAX_ROWS)
    config = config_for(home, base, quantization="4bit", max_bytes=one)
    bodies = [chat("長く", user=str(number), seed=number, max_tokens=400) for number in range(8)]
    with ready(config) as worker:
        async with httpx.AsyncClient(base_url=worker.base_url, timeout=60) as client:
            running = [asyncio.create_task(client.post("/v1/chat/completions", json=body)) for body in bodies]
            await asyncio.to_thread(until, lambda: _status(worker)["running"] == len(bodies))
            swap = asyncio.create_task(client.post("/senpai/use", json={"checkpoint": "full"}))
            while (await client.post("/v1/chat/completions", json=chat("今？", max_tokens=1))).status_code == 200:
                assert not swap.done()
            assert not all(answer.done() for answer in running)
            assert len(list((home / "bases").glob("sha256-*"))) == 2
            assert {answer.status_code for answer in await asyncio.gather(*running)} == {200}
            assert (await swap).json() == {"current": "full", "previous": "aoi"}


async def test_a_model_with_a_weight_that_is_no_number_is_refused_before_anybody_has_to_wait(
    home: Path, base: Path
) -> None:
    _save_full(home, base, is_broken=True)
    Shelf(home).use("aoi", who="test")
    one = loader.needed_bytes(resolve(str(base)), quantization="4bit", device="cpu", rows=MAX_ROWS)
    is_over = asyncio.Event()
    with ready(config_for(home, base, quantization="4bit", max_bytes=one)) as worker:
        async with httpx.AsyncClient(base_url=worker.base_url, timeout=60) as client:
            asking = asyncio.create_task(_keep_asking(client, is_over))
            refused = await client.post("/senpai/use", json={"checkpoint": "full"})
            is_over.set()
            heard = await asking
    assert refused.status_code == 409
    assert "model.norm.weight holds something that is not a number" in refused.json()["error"]["message"]
    assert {answer.status_code for _, answer in heard} == {200}


@pytest.mark.parametrize("way_back", ["use", "rollback"])
def test_the_adapters_own_base_comes_back_in_the_same_way(
    small: httpx.Client, home: Path, base: Path, oracle: Oracle, way_back: str
) -> None:
    _save_full(home, base)
    assert small.post("/senpai/use", json={"checkpoint": "full"}).status_code == 200
    body = {"checkpoint": "aoi"} if way_back == "use" else {}
    assert small.post(f"/senpai/{way_back}", json=body).json() == {"current": "aoi", "previous": "full"}
    assert _say(small) == ("aoi", oracle.answer("aoi", OLD).text)
    assert [change.to for change in Shelf(home).history()] == ["aoi", "full", "aoi"]


def test_a_new_model_that_cannot_answer_brings_the_old_one_back(
    small: httpx.Client, home: Path, base: Path, oracle: Oracle
) -> None:
    _save_full(home, base, is_broken=True)
    refused = small.post("/senpai/use", json={"checkpoint": "full"})
    assert refused.status_code == 409
    assert "full failed its smoke prompt" in refused.json()["error"]["message"]
    assert (_status(small)["current"], _status(small)["swapping"]) == ("aoi", None)
    assert _say(small) == ("aoi", oracle.answer("aoi", OLD).text)
    assert Shelf(home).current() == "aoi"


def test_a_disk_that_cannot_remember_the_choice_brings_the_old_one_back(
    small: httpx.Client, home: Path, base: Path, oracle: Oracle
) -> None:
    _save_full(home, base)
    (home / "checkpoints" / ".current.partial").symlink_to("/dev/full")
    refused = small.post("/senpai/use", json={"checkpoint": "full"})
    assert refused.status_code == 409
    assert "No space left on device" in refused.json()["error"]["message"]
    assert _say(small) == ("aoi", oracle.answer("aoi", OLD).text)


def test_what_is_damaged_on_disk_is_refused_while_the_old_one_answers_on(
    small: httpx.Client, home: Path, base: Path
) -> None:
    _save_full(home, base)
    path = home / "checkpoints" / "full" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    assert "sha256 differs" in small.post("/senpai/use", json={"checkpoint": "full"}).json()["error"]["message"]
    assert {"aoi", f"base:{base}"} <= set(_status(small)["loaded"])


def test_a_request_never_pushes_out_what_is_current(small: httpx.Client, home: Path, base: Path) -> None:
    _save_full(home, base)
    refused = small.post("/v1/chat/completions", json={**OLD, "model": "full"})
    assert refused.status_code == 409
    assert "MiB of memory" in refused.json()["error"]["message"]
    assert _say(small)[0] == "aoi"


def test_a_model_that_nobody_needs_makes_room_by_itself(home: Path, base: Path, tmp_path: Path) -> None:
    _save_full(home, base)
    other = save_tiny_base(tmp_path / "other", seed=5)
    save_tiny_adapter(home / "checkpoints" / "mio", other, name="mio", seed=5)
    Shelf(home).use("aoi", who="test")
    with ready(config_for(home, base, max_bytes=_one_fits(base) * 5 // 3)) as worker:  # two fit, three do not
        for name in ("full", "mio", "full"):
            assert _say(worker, model=name)[0] == name
        assert _say(worker)[0] == "aoi"
        assert [name for name in _status(worker)["loaded"] if not name.startswith("base:")] == ["aoi", "full"]


def test_counting_needs_no_weights_in_memory_and_knows_the_precisions(base: Path) -> None:
    needed = {
        quantization: loader.needed_bytes(resolve(str(base)), quantization=quantization, device="cpu", rows=1)
        for quantization in ("none", "8bit", "4bit")
    }
    num_parameters = sum(weight.numel() for weight in load_file(base / "model.safetensors").values())
    assert needed["none"] == pytest.approx(num_parameters * 4 * 1.25, rel=0.01)
    assert needed["none"] > needed["8bit"] > needed["4bit"] > 0


def test_4_bits_that_the_kernel_cannot_read_are_counted_with_their_copy(base: Path, tmp_path: Path) -> None:
    needed = []
    for kind in ("nf4", "fp4"):
        config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type=kind)  # type: ignore[no-untyped-call]
        model: Any = AutoModelForCausalLM.from_pretrained(base, quantization_config=config)
        model.save_pretrained(tmp_path / kind)
        stored = resolve(str(tmp_path / kind))
        needed.append(loader.needed_bytes(stored, quantization="4bit", device="cpu", rows=MAX_ROWS, is_read_as_is=True))
    assert needed[1] > 2 * needed[0]


def test_the_history_names_no_swap_that_did_not_happen(small: httpx.Client, home: Path, base: Path) -> None:
    _save_full(home, base, is_broken=True)
    assert small.post("/senpai/use", json={"checkpoint": "full"}).status_code == 409
    lines = (home / "checkpoints" / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["to"] for line in lines] == ["aoi"]


def _resident_bytes() -> int:
    """Return this process' resident memory that no file backs; the worker runs in a thread of it."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("RssAnon"))) * 1024


def _come_and_go(worker: httpx.Client) -> int:
    """Let the whole model answer, and unload it; return the resident memory while it was there."""
    assert _say(worker, model="full")[0] == "full"
    loaded = _resident_bytes()
    assert worker.post("/v1/unload_lora_adapter", json={"lora_name": "full"}).status_code == 200
    return loaded


def test_an_unloaded_model_gives_its_memory_back(home: Path, base: Path) -> None:
    shape = {"hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 8, "num_key_value_heads": 1}
    config = LlamaConfig(vocab_size=263, num_attention_heads=8, max_position_embeddings=512, eos_token_id=2, **shape)
    model = LlamaForCausalLM(config)
    num_bytes = model.num_parameters() * 2  # dequantised, in bf16
    folder = home / "checkpoints" / "full"
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    _seal_full(folder, base)
    del model
    with ready(config_for(home, base, quantization="4bit")) as worker:
        _come_and_go(worker)  # what torch keeps of a first model of this shape is not the model
        before = _resident_bytes()
        loaded = _come_and_go(worker)
        assert loaded - before > num_bytes * 0.8 > 30_000_000
        assert _resident_bytes() - before < num_bytes * 0.3
