"""The project's own files as data: modules with their syntax trees and imports, and what git tracks.

Knows Python's grammar. Does not know what is allowed; the tests beside it do.
"""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "model", "train")


@dataclass(frozen=True)
class Module:
    """One file of the program, ``name`` as Python imports it."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    @cached_property
    def num_lines(self) -> int:
        return len(self.path.read_text(encoding="utf-8").splitlines())

    @property
    def has_code(self) -> bool:
        return len(self.tree.body) > 1

    def functions(self) -> Iterator[tuple[str, int]]:
        """Yield the name and the number of lines of each function, nested ones included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{self.name}.{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1

    @cached_property
    def imports(self) -> set[str]:
        """Return the full names this module imports anywhere: ``a.b`` for ``import a.b``, ``a.b.c`` for
        ``from a.b import c``."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
        return found


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the program: the three packages and the front door."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return tuple(Module(_name(path), path) for path in [*paths, ROOT / "senpai.py"])


def own(imported: str, names: set[str]) -> str | None:
    """Return the module of ours that ``imported`` names: itself, or the module it is taken from."""
    if imported in names:
        return imported
    module = imported.rpartition(".")[0]
    return module if module in names else None


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Yield path and content of every text file that git tracks."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            yield name, content.decode("utf-8", errors="replace")


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
