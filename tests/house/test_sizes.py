"""Rooms stay small: lines of modules and functions, a docstring at every door, few broad excepts."""

import ast
from statistics import median

from tests.house.tree import Module, modules

VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def test_no_module_is_longer_than_400_lines() -> None:
    assert not {module.name: module.num_lines for module in modules() if module.num_lines > 400}


def test_half_of_the_modules_have_at_most_100_lines() -> None:
    assert median(module.num_lines for module in modules() if module.has_code) <= 100


def test_no_function_is_longer_than_60_lines() -> None:
    assert not {name: lines for module in modules() for name, lines in module.functions() if lines > 60}


def test_half_of_the_functions_have_at_most_8_lines() -> None:
    assert median(lines for module in modules() for _, lines in module.functions()) <= 8


def test_every_module_says_what_it_knows() -> None:
    silent = [module.name for module in modules() if module.tree.body and not ast.get_docstring(module.tree)]
    assert not silent


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert not [module.name for module in modules() if module.name.split(".")[-1] in VAGUE]


def test_broad_excepts_are_rarer_than_one_in_a_thousand_lines() -> None:
    broad = [place for module in modules() for place in _broad_excepts(module)]
    num_lines = sum(module.num_lines for module in modules())
    assert len(broad) <= num_lines / 1000, broad


def _broad_excepts(module: Module) -> list[str]:
    return [
        f"{module.name}:{node.lineno}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type)
    ]


def _is_broad(caught: ast.expr | None) -> bool:
    parts = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        part is None or (isinstance(part, ast.Name) and part.id in {"Exception", "BaseException"}) for part in parts
    )
