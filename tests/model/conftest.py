"""Fixtures of the worker's tests: a home with tiny checkpoints, made once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from model.compiler import c_compiler
from model.engine.kernel import Kernel, compiled, is_for_this_cpu
from tests.model.workers import Oracle, config_for, make_home, ready


@pytest.fixture(scope="session")
def pristine_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that no test may change."""
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def home(pristine_home: Path, tmp_path: Path) -> Path:
    """A home of the test's own. Its base stays in the pristine one, whose path the manifests remember."""
    shutil.copytree(pristine_home / "checkpoints", tmp_path / "home" / "checkpoints")
    return tmp_path / "home"


@pytest.fixture
def base(pristine_home: Path) -> Path:
    """The tiny base of every checkpoint."""
    return pristine_home / "base"


@pytest.fixture
def worker(home: Path, base: Path) -> Iterator[httpx.Client]:
    """A worker that can answer, on the bare base."""
    with ready(config_for(home, base)) as client:
        yield client


@pytest.fixture(scope="session")
def oracle(pristine_home: Path) -> Oracle:
    """What every checkpoint of the home must answer."""
    return Oracle(pristine_home, pristine_home / "base")


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """The kernel of our own; skips on a machine that it is not for."""
    if not is_for_this_cpu() or c_compiler() is None:
        pytest.skip("The kernel needs a C compiler and a CPU with AVX512-BF16, without AMX.")
    made = compiled(tmp_path_factory.mktemp("kernel"))
    assert made is not None
    return made
