import pytest

from model.engine.kernel import Kernel, compiled


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """The kernel of our own; skips where this machine cannot have one."""
    made = compiled(tmp_path_factory.mktemp("kernel"))
    if made is None:
        pytest.skip("The kernel needs a CPU with AVX-512 and without AMX, a C compiler, and torch's own libgomp.")
    return made
