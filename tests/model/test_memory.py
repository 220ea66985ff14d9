"""What is free is what the machine and every container around the process leave, as Linux' own files say."""

from pathlib import Path

import pytest

from model.memory import free_bytes, total_bytes

_MIB = 1 << 20


def _linux(root: Path, groups: str, files: dict[str, str]) -> Path:
    """Lay out a machine with 8000 MiB free."""
    files = {"proc/meminfo": f"MemTotal: 1\nMemAvailable: {8000 * 1024} kB\n", "proc/self/cgroup": groups, **files}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="ascii")
    return root


def _v2(folder: str, limit: str, used: int, cached: int = 0) -> dict[str, str]:
    at = f"sys/fs/cgroup/{folder}".rstrip("/")
    stat = f"anon 1\ninactive_file {cached}\n"
    return {f"{at}/memory.max": f"{limit}\n", f"{at}/memory.current": f"{used}\n", f"{at}/memory.stat": stat}


def _v1(folder: str, limit: int, used: int, cached: int = 0) -> dict[str, str]:
    at = f"sys/fs/cgroup/memory/{folder}".rstrip("/")
    return {
        f"{at}/memory.limit_in_bytes": f"{limit}\n",
        f"{at}/memory.usage_in_bytes": f"{used}\n",
        f"{at}/memory.stat": f"inactive_file 7\ntotal_inactive_file {cached}\n",
    }


_NONE_V1 = 9223372036854771712


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        pytest.param("0::/\n", {}, 8000, id="no groups"),
        pytest.param("0::/\n", _v2("", "max", 500 * _MIB), 8000, id="2, no limit"),
        pytest.param("0::/\n", _v2("", str(2000 * _MIB), 500 * _MIB), 1500, id="2, in a container"),
        pytest.param("0::/\n", _v2("", str(2000 * _MIB), 1900 * _MIB, 400 * _MIB), 500, id="2, with a file cache"),
        pytest.param("0::/\n", _v2("", str(_MIB), 3 * _MIB), 0, id="2, over its limit"),
        pytest.param(
            "0::/a/b\n", _v2("a/b", "max", 0) | _v2("a", str(3000 * _MIB), 1000 * _MIB), 2000, id="2, around it"
        ),
        pytest.param("4:memory:/c\n0::/\n", _v1("c", 1000 * _MIB, 300 * _MIB, 100 * _MIB), 800, id="1"),
        pytest.param("4:cpu,memory:/gone\n", _v1("", 900 * _MIB, 0), 900, id="1, its name unknown inside"),
        pytest.param("4:memory:/c\n", _v1("c", _NONE_V1, 300 * _MIB), 8000, id="1, no limit"),
    ],
)
def test_the_least_of_machine_and_containers_is_free(
    tmp_path: Path, groups: str, files: dict[str, str], expected: int
) -> None:
    assert free_bytes(_linux(tmp_path, groups, files)) == expected * _MIB


def test_a_container_bounds_what_there_is_at_all(tmp_path: Path) -> None:
    assert total_bytes(_linux(tmp_path, "0::/\n", _v2("", str(100 * _MIB), 90 * _MIB))) == 100 * _MIB
    assert total_bytes(tmp_path / "elsewhere") > 100 * _MIB


def test_this_machine_has_memory_and_not_all_of_it_is_free() -> None:
    assert 0 < free_bytes() < total_bytes()
