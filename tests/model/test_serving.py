"""Swaps that nobody notices: loaded beside, tried, flipped; and nothing broken ever becomes current."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from safetensors.torch import load_file, save_file

from model.base import resolve
from model.checkpoint import MANIFEST, Gate, Kind, seal
from model.shelf import Shelf
from tests.consents import write_consent
from tests.model.tiny import save_tiny_adapter, save_tiny_base
from tests.model.workers import FAILED_GATE, Oracle, chat, config_for, ready, until

_WEIGHTS = "adapter_model.safetensors"


def _use(worker: httpx.Client, name: str, **fields: Any) -> httpx.Response:
    return worker.post("/senpai/use", json={"checkpoint": name, **fields})


def _current(worker: httpx.Client) -> str:
    return str(worker.get("/senpai/status").json()["current"])


def _say(worker: httpx.Client, **fields: Any) -> tuple[str, str]:
    """Return (model, text) of a short greedy answer."""
    answer = worker.post("/v1/chat/completions", json=chat("元気？", temperature=0, max_tokens=12, **fields)).json()
    return answer["model"], answer["choices"][0]["message"]["content"]


async def _stream(client: httpx.AsyncClient, body: dict[str, Any], begun: asyncio.Event) -> tuple[set[str], str]:
    """Return (every model named, text) of one streamed answer."""
    models, text = set(), ""
    async with client.stream("POST", "/v1/chat/completions", json={**body, "stream": True}) as response:
        assert response.status_code == 200
        async for line in response.aiter_lines():
            if not line.startswith("data: {"):
                continue
            part = json.loads(line.removeprefix("data: "))
            models.add(part["model"])
            text += part["choices"][0]["delta"].get("content", "")
            if text:
                begun.set()
    return models, text


async def test_swapping_during_twenty_streams_fails_none_and_mixes_none(worker: httpx.Client, oracle: Oracle) -> None:
    assert _use(worker, "aoi").status_code == 200
    bodies = [
        chat(f"{number}番です", user=str(number), seed=number, temperature=1.2, max_tokens=150) for number in range(20)
    ]
    begun = asyncio.Event()
    async with httpx.AsyncClient(base_url=worker.base_url, timeout=60) as client:
        streams = [asyncio.create_task(_stream(client, body, begun)) for body in bodies[:12]]
        await begun.wait()
        swap = asyncio.create_task(client.post("/senpai/use", json={"checkpoint": "ren"}))
        streams += [asyncio.create_task(_stream(client, body, begun)) for body in bodies[12:]]
        assert (await swap).status_code == 200
        answers = await asyncio.gather(*streams, _stream(client, bodies[0], begun))
    assert answers[0][0] == {"aoi"}
    assert answers[-1][0] == {"ren"}
    for body, (models, text) in zip([*bodies, bodies[0]], answers, strict=True):
        (model,) = models
        assert text == oracle.answer(model, body).text


def test_a_swap_names_both_checkpoints_and_rollback_returns(worker: httpx.Client, base: Path, home: Path) -> None:
    assert _use(worker, "aoi", who="先生").json() == {"current": "aoi", "previous": f"base:{base}"}
    assert _use(worker, "ren").json() == {"current": "ren", "previous": "aoi"}
    assert worker.post("/senpai/rollback", json={"who": "先生"}).json() == {"current": "aoi", "previous": "ren"}
    assert _say(worker)[0] == "aoi"
    assert [(change.who, change.to) for change in Shelf(home).history()] == [
        ("先生", "aoi"),
        ("api", "ren"),
        ("先生", "aoi"),
    ]


def test_the_choice_survives_a_restart(home: Path, base: Path, oracle: Oracle) -> None:
    with ready(config_for(home, base)) as worker:
        assert _use(worker, "yui").status_code == 200
    with ready(config_for(home, base)) as worker:
        assert _say(worker) == ("yui", oracle.answer("yui", chat("元気？", temperature=0, max_tokens=12)).text)


def test_a_checkpoint_whose_gate_failed_is_used_by_force_only(worker: httpx.Client, home: Path) -> None:
    refused = _use(worker, FAILED_GATE)
    assert refused.status_code == 409
    assert "failed its gate on G1" in refused.json()["error"]["message"]
    assert _use(worker, FAILED_GATE, force=True).status_code == 200
    assert Shelf(home).history()[-1].forced


def _truncate(folder: Path) -> None:
    path = folder / _WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])


def _change_a_byte(folder: Path) -> None:
    path = folder / _WEIGHTS
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")


def _rewrite(folder: Path, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Change the weights and seal again, so that the hashes fit."""
    path = folder / _WEIGHTS
    save_file({key: change(weight) for key, weight in load_file(path).items()}, path)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest.pop("files")
    seal(folder, **manifest)


def _fill_with_nan(folder: Path) -> None:
    _rewrite(folder, lambda weight: torch.full_like(weight, float("nan")))


def _overflow(folder: Path) -> None:
    _rewrite(folder, lambda weight: torch.full_like(weight, 1e30))


def _wrong_rank(folder: Path) -> None:
    _rewrite(folder, lambda weight: weight[:, :1].clone())


def _move_to_another_base(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["base_hash"] = "sha256:" + "0" * 64
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def _lose_the_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


@pytest.mark.parametrize(
    "break_it",
    [
        _truncate,
        _change_a_byte,
        _fill_with_nan,
        _overflow,
        _wrong_rank,
        _move_to_another_base,
        _lose_the_manifest,
    ],
)
def test_a_broken_checkpoint_leaves_the_old_one_serving_and_says_why(
    worker: httpx.Client, home: Path, oracle: Oracle, break_it: Callable[[Path], None]
) -> None:
    assert _use(worker, "aoi").status_code == 200
    break_it(home / "checkpoints" / "ren")
    refused = _use(worker, "ren")
    assert refused.status_code == 409
    assert refused.json()["error"]["message"].count("\n") == 0
    assert _current(worker) == Shelf(home).current() == "aoi"
    assert _say(worker) == ("aoi", oracle.answer("aoi", chat("元気？", temperature=0, max_tokens=12)).text)
    assert "ren" not in worker.get("/senpai/status").json()["loaded"]


def test_rolling_back_to_a_checkpoint_that_broke_since_keeps_the_current_one(home: Path, base: Path) -> None:
    with ready(config_for(home, base)) as worker:
        assert _use(worker, "aoi").status_code == _use(worker, "ren").status_code == 200
    _truncate(home / "checkpoints" / "aoi")
    with ready(config_for(home, base)) as worker:
        assert worker.post("/senpai/rollback", json={}).status_code == 409
        assert _current(worker) == Shelf(home).current() == "ren"


def test_whose_consent_has_ended_is_imitated_for_nobody_who_asks_by_name(worker: httpx.Client, home: Path) -> None:
    write_consent(home / "checkpoints" / "ren", until="2024-02-01")
    refused = worker.post("/v1/chat/completions", json=chat("元気？", model="ren"))
    assert refused.status_code == 409
    assert "may not answer" in refused.json()["error"]["message"]
    assert _say(worker, model="aoi")[0] == "aoi"


def test_an_unknown_name_is_404_and_no_earlier_one_409(worker: httpx.Client) -> None:
    for name in ("dare", "../checkpoints/aoi", "", "current", "a\0b", "a" * 5000):
        assert _use(worker, name).status_code == 404
    assert worker.post("/senpai/rollback", json={}).status_code == 409


def test_a_whole_model_serves_beside_adapters_of_another_base(home: Path, base: Path, oracle: Oracle) -> None:
    folder = save_tiny_base(home / "checkpoints" / "full", "gpt2", seed=9)
    (folder / "persona.toml").write_text('name = "全部"\n[sampling]\nmax_tokens = 3\n', encoding="utf-8")
    write_consent(folder)
    own = {"name": "full", "kind": Kind.FULL, "base": str(base), "base_hash": resolve(str(base)).hash(), "seed": 0}
    seal(folder, **own, method="full", data_hash="none", gate=Gate.PASSED)
    with ready(config_for(home, base)) as worker:
        assert _use(worker, "full").status_code == 200
        answer = worker.post("/v1/chat/completions", json=chat("元気？", temperature=0)).json()
        assert answer["model"] == "full"
        assert answer["usage"]["completion_tokens"] <= 3
        assert _say(worker, model="aoi") == (
            "aoi",
            oracle.answer("aoi", chat("元気？", temperature=0, max_tokens=12)).text,
        )
        assert _use(worker, "aoi").status_code == 200
        assert _say(worker)[0] == "aoi"


def test_a_checkpoint_published_anew_under_its_name_is_loaded_anew(
    worker: httpx.Client, home: Path, base: Path, tmp_path: Path
) -> None:
    before = _say(worker, model="aoi")
    shelf = Shelf(home)
    staged = shelf.staging("aoi")
    shutil.rmtree(staged)
    save_tiny_adapter(staged, base, name="aoi", seed=77)
    shelf.publish(staged, "aoi", replace=True)
    assert _say(worker, model="aoi") != before


def test_a_removed_checkpoint_answers_no_more(worker: httpx.Client, home: Path) -> None:
    assert _say(worker, model="aoi")[0] == "aoi"
    Shelf(home).remove("aoi")
    answer = worker.post("/v1/chat/completions", json=chat("元気？", model="aoi"))
    assert answer.status_code == 404
    assert "aoi" not in worker.get("/senpai/status").json()["loaded"]


def test_a_forgotten_checkpoint_leaves_memory_and_the_bare_base_answers(
    worker: httpx.Client, home: Path, base: Path
) -> None:
    assert _use(worker, "aoi").status_code == 200
    Shelf(home).erase("aoi")
    assert worker.post("/senpai/forget", json={"checkpoint": "aoi"}).status_code == 200
    assert _current(worker).startswith("base:")
    assert "aoi" not in worker.get("/senpai/status").json()["loaded"]
    assert worker.post("/v1/chat/completions", json=chat("元気？", model="aoi")).status_code == 404
    assert worker.post("/senpai/forget", json={"checkpoint": "aoi"}).status_code == 200


def test_the_few_asked_for_last_stay_in_memory(worker: httpx.Client, home: Path, base: Path) -> None:
    for number in range(6):
        name = f"n{number}"
        save_tiny_adapter(home / "checkpoints" / name, base, name=name, seed=number)
        assert _say(worker, model=name)[0] == name
    assert _use(worker, "aoi").status_code == 200
    loaded = worker.get("/senpai/status").json()["loaded"]
    assert [name for name in loaded if not name.startswith("base:")] == ["aoi", "n3", "n4", "n5"]


def test_adapters_are_loaded_and_unloaded_as_vllm_does(worker: httpx.Client, home: Path) -> None:
    where = {"lora_name": "aoi", "lora_path": str(home / "checkpoints" / "aoi")}
    assert worker.post("/v1/load_lora_adapter", json=where).status_code == 200
    assert "aoi" in worker.get("/senpai/status").json()["loaded"]
    assert worker.post("/v1/unload_lora_adapter", json={"lora_name": "aoi"}).status_code == 200
    assert "aoi" not in worker.get("/senpai/status").json()["loaded"]
    assert worker.post("/v1/unload_lora_adapter", json={"lora_name": "aoi"}).status_code == 404
    assert _use(worker, "aoi").status_code == 200
    assert worker.post("/v1/unload_lora_adapter", json={"lora_name": "aoi"}).status_code == 409


@pytest.mark.parametrize("path", ["/etc", "checkpoints/../base", "checkpoints/ren", "checkpoints"])
def test_adapters_come_from_the_shelf_alone(worker: httpx.Client, home: Path, path: str) -> None:
    answer = worker.post("/v1/load_lora_adapter", json={"lora_name": "aoi", "lora_path": str(home / path)})
    assert answer.status_code == 409
    assert worker.get("/senpai/status").json()["loaded"] == [_current(worker)]


async def test_weights_in_use_are_not_pulled_away(worker: httpx.Client) -> None:
    begun = asyncio.Event()
    async with httpx.AsyncClient(base_url=worker.base_url, timeout=60) as client:
        body = chat("長い話", model="aoi", temperature=0, max_tokens=400)
        stream = asyncio.create_task(_stream(client, body, begun))
        await begun.wait()
        refused = await client.post("/v1/unload_lora_adapter", json={"lora_name": "aoi"})
        stream.cancel()
    assert refused.status_code == 409
    until(lambda: worker.post("/v1/unload_lora_adapter", json={"lora_name": "aoi"}).status_code == 200)
