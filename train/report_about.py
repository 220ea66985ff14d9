"""What a report says about how a checkpoint was made, and on which machine it was measured.

Knows names of facts. Does not know how a run goes.
"""

import os
import platform
import resource
import sys
from collections.abc import Mapping
from typing import Any

import torch

from model.checkpoint import Manifest

_KIB = 1024


def of_manifest(manifest: Manifest, device: str) -> dict[str, Any]:
    """Return what a checkpoint on the shelf says about itself, and the machine it is measured on."""
    return made(
        base_hash=manifest.base_hash,
        data_hash=manifest.data_hash,
        recipe=manifest.recipe,
        seed=manifest.seed,
        strength=manifest.adapter_scale,
        libraries=manifest.libraries,
    ) | machine(device)


def made(
    *,
    base_hash: str,
    data_hash: str,
    recipe: Mapping[str, Any],
    seed: int,
    strength: float,
    libraries: Mapping[str, str],
) -> dict[str, Any]:
    """Return what decided the weights."""
    return {
        "recipe": recipe.get("name", "unknown"),
        "seed": seed,
        "strength": strength,
        "hash of the base": base_hash,
        "hash of the data": data_hash,
        "every field of the recipe": dict(recipe),
        "versions": dict(libraries),
    }


def machine(device: str, seconds: float | None = None) -> dict[str, Any]:
    """Return where this process runs, how much memory it took at most, and since when in ``seconds``."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else _KIB)
    found: dict[str, Any] = {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "Python": platform.python_version(),
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else device,
        "peak memory": f"{peak / 1e9:.2f} GB",
    }
    return found if seconds is None else found | {"time": f"{seconds:.0f} s"}
