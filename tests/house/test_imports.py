"""Who may import whom. Imports inside functions count as well."""

import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

from tests.house.tree import ROOT, Module, modules, own

CONTRACT = {
    *("conversation", "protocol", "sampling", "persona", "facts", "recall", "private", "consent"),
    *("register", "votes", "files", "memory", "compiler", "vocabulary"),
}
SHARED_WITH_TRAIN = {
    *("conversation", "persona", "facts", "recall", "private", "consent"),
    *("register", "votes", "wilson", "files", "sampling", "vocabulary"),
    *("prompt", "base", "checkpoint", "shelf", "loader"),
}
TORCH = (
    "model.loader",
    "model.engine.attention",
    "model.engine.capture",
    "model.engine.joint",
    "model.engine.kernel",
    "model.nf4",
    "model.engine.linear",
    "model.engine.packing",
    "model.engine.replay",
    "model.engine.runner",
    "model.engine.cache",
    "model.engine.sampler",
    "model.engine.reference",
    "model.bench",
    "train",
)
AT_HOME = {
    "discord": "bot.platforms.discord",
    "linebot": "bot.platforms.line",
    "nicegui": "bot.platforms.console",
}


def _rooms_of(package: str, of: str) -> dict[str, set[str]]:
    """Return for each module of ``package`` the second parts of what it imports from the package ``of``."""
    return {
        module.name: {name.split(".")[1] for name in module.imports if name.startswith(f"{of}.")}
        for module in modules()
        if _is_in(module, package)
    }


def _is_in(module: Module, package: str) -> bool:
    return module.name == package or module.name.startswith(f"{package}.")


def test_the_bot_knows_only_the_contract_of_the_model() -> None:
    strays = {name: rooms - CONTRACT for name, rooms in _rooms_of("bot", "model").items() if rooms - CONTRACT}
    assert not strays


def test_training_knows_only_what_the_model_shares_with_it() -> None:
    used = _rooms_of("train", "model")
    assert not {name: rooms - SHARED_WITH_TRAIN for name, rooms in used.items() if rooms - SHARED_WITH_TRAIN}


def test_the_model_knows_neither_bot_nor_training() -> None:
    assert not any(_rooms_of("model", "bot").values())
    assert not any(_rooms_of("model", "train").values())


def test_bot_and_training_do_not_know_each_other() -> None:
    assert not any(_rooms_of("bot", "train").values())
    assert not any(_rooms_of("train", "bot").values())


def test_nobody_imports_the_front_door() -> None:
    assert not [module.name for module in modules() if {n.split(".")[0] for n in module.imports} & {"senpai"}]


def test_no_module_reaches_itself_through_imports() -> None:
    names = {module.name for module in modules()}
    graph = {module.name: {own(name, names) for name in module.imports} - {None} for module in modules()}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(map(str, error.args[1]))
        raise AssertionError(f"these modules import each other in a circle: {circle}") from None


def test_torch_stays_in_the_files_that_compute() -> None:
    strays = [
        module.name
        for module in modules()
        if any(name.split(".")[0] == "torch" for name in module.imports)
        and not any(_is_in(module, home) for home in TORCH)
    ]
    assert not strays


def test_each_platform_library_stays_behind_its_own_door() -> None:
    strays = [
        f"{module.name} imports {library}"
        for module in modules()
        for library, home in AT_HOME.items()
        if any(name.split(".")[0] == library for name in module.imports) and not _is_in(module, home)
    ]
    assert not strays


def test_the_whole_bot_loads_without_torch() -> None:
    names = ", ".join(module.name for module in modules() if _is_in(module, "bot"))
    program = f"import sys, {names}; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, check=False).returncode == 0


def test_the_responder_loads_in_half_a_second() -> None:
    program = "import time, bot.responder; print(time.process_time())"
    seconds = min(
        float(subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True).stdout)
        for _ in range(3)
    )
    assert seconds < 0.5
