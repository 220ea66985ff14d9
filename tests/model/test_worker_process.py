"""The worker as a process: announces itself, stops when told, and says in one sentence why it cannot start."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.model.workers import until

_PROGRAM = """
import sys
from pathlib import Path
from model.imports import quick_imports
with quick_imports():
    from model.worker import WorkerConfig, WorkerError, serve
from model.roster import ServingError
assert "torch._inductor.compile_fx" not in sys.modules, "the compiler was imported, which takes seconds"
home, base, checkpoint = sys.argv[1:]
config = WorkerConfig(home=Path(home), base=base, quantization="none", device="cpu", checkpoint=checkpoint or None)
try:
    serve(config)
except (WorkerError, ServingError) as error:
    sys.exit(str(error))
"""


def _start(home: Path, base: Path, checkpoint: str = "") -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", _PROGRAM, str(home), str(base), checkpoint]
    return subprocess.Popen(command, text=True, stderr=subprocess.PIPE)


def test_it_brings_no_compiler_announces_its_address_answers_and_stops_on_sigterm(home: Path, base: Path) -> None:
    with _start(home, base, "aoi") as process:
        address = home / "worker.json"
        until(address.exists, seconds=120)
        announced = json.loads(address.read_text(encoding="utf-8"))
        assert announced["pid"] == process.pid
        with httpx.Client(base_url=announced["url"], timeout=60) as worker:
            until(lambda: worker.get("/readyz").status_code == 200, seconds=60)
            assert worker.get("/readyz").json()["current"] == "aoi"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert not address.exists()


def test_without_anything_to_serve_it_ends_with_one_sentence(home: Path, base: Path) -> None:
    with _start(home, base, "dare") as process:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 1
        assert errors.splitlines()[-1] == "There is no checkpoint 'dare'; on the shelf: aoi, mada, ren, yui."
