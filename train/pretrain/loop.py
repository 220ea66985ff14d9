"""Trains the model on rows of ids. Knows steps and how to go on after a kill; not where rows come from."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from model.files import whole
from train.pretrain.mixture import Stage
from train.pretrain.optimizers import optimizers, set_rate
from train.pretrain.plan import Plan

log = logging.getLogger(__name__)

IGNORED = -100
LOSS_CHUNK = 1024
"""Positions whose logits exist at once: (1024, vocab) instead of (batch * 512, vocab)."""
STATE = "state.pt"
LOG = "log.jsonl"


@dataclass(slots=True)
class Position:
    """Where the run stands: steps done, rows read of each stage, seconds spent on steps."""

    step: int = 0
    stable_rows: int = 0
    decay_rows: int = 0
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        return self.stable_rows + self.decay_rows


@dataclass(frozen=True, slots=True)
class Data:
    """Rows of both stages, (rows, 513) int32 on the training device, and the held-out rows by register."""

    stable: torch.Tensor
    decay: torch.Tensor
    held_out: Mapping[str, torch.Tensor]


@dataclass(slots=True, kw_only=True)
class Trainer:
    """Owns the model, its optimizers and the position, and the folder they are kept in."""

    model: Any
    plan: Plan
    folder: Path
    compiled: bool
    dtype: torch.dtype = torch.bfloat16
    position: Position = field(default_factory=Position)
    choose: Callable[[nn.Module, Plan], list[torch.optim.Optimizer]] = optimizers
    _optimizers: list[torch.optim.Optimizer] = field(init=False)
    _loss: Callable[..., torch.Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._optimizers = self.choose(self.model, self.plan)
        self._loss = torch.compile(self._sum_loss) if self.compiled else self._sum_loss

    def run(self, data: Data) -> None:
        """Train to the plan's end, logging and saving on the way."""
        evaluated_at = saved_at = time.monotonic()
        while self.position.step < self.plan.num_steps:
            started = time.monotonic()
            loss = self.step(data)
            now = time.monotonic()
            self.position.seconds += now - started
            self.write(kind="step", loss=loss, tokens_per_s=round(self.plan.step_tokens / (now - started)))
            if now - evaluated_at > self.plan.eval_every_s:
                evaluated_at = now
                self.write(kind="held_out", **self.held_out(data.held_out))
            if now - saved_at > self.plan.save_every_s:
                saved_at = now
                self.save()
        self.write(kind="held_out", **self.held_out(data.held_out))
        self.save()

    @torch.no_grad()
    def held_out(self, registers: Mapping[str, torch.Tensor]) -> dict[str, float]:
        """Return the mean loss per token of each register, in nats."""
        losses: dict[str, float] = {}
        for register, rows in registers.items():
            total, count = 0.0, 0
            for part in torch.split(rows, self.plan.micro_rows):
                inputs, targets = self._shifted(part)
                total += float(self._sum_loss(inputs, targets))
                count += int((targets != IGNORED).sum())
            losses[register] = round(total / count, 4)
        return losses

    def save(self) -> None:
        """Write the whole state in the place of the last one."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "position": asdict(self.position),
        }
        with whole(self.folder / STATE) as beside:
            torch.save(state, beside)
        log.info("saved step=%d", self.position.step)

    def resume(self) -> bool:
        """Continue from the newest whole state; returns whether there was one."""
        path = self.folder / STATE
        if not path.exists():
            return False
        state = torch.load(path, map_location="cpu", weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.position = Position(**state["position"])
        log.info("resumed step=%d", self.position.step)
        return True

    def step(self, data: Data) -> float:
        """Return the mean loss of one batch, after learning from it."""
        inputs, targets = self._shifted(self._next_rows(data))
        count = (targets != IGNORED).sum()
        total = 0.0
        micro = self.plan.micro_rows
        for some, wanted in zip(torch.split(inputs, micro), torch.split(targets, micro), strict=True):
            loss: Any = self._loss(some, wanted) / count
            loss.backward()
            total += float(loss.detach())
        for optimizer in self._optimizers:
            set_rate(optimizer, self.plan.rate_at(self.position.step))
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.position.step += 1
        return round(total, 4)

    def _next_rows(self, data: Data) -> torch.Tensor:
        size = self.plan.batch_rows
        if self.plan.stage_at(self.position.step) is Stage.STABLE:
            start, rows = self.position.stable_rows, data.stable
            self.position.stable_rows += size
        else:
            start, rows = self.position.decay_rows, data.decay
            self.position.decay_rows += size
        return rows[torch.arange(start, start + size, device=rows.device) % len(rows)]

    def _shifted(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return inputs and targets, (batch, 512) int64; padding and the next document's ``<s>`` are no targets."""
        ids = rows.long()
        targets = ids[:, 1:].clone()
        targets[(targets == self.model.config.pad_token_id) | (targets == self.model.config.bos_token_id)] = IGNORED
        return ids[:, :-1].contiguous(), targets

    def _sum_loss(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            hidden = self.model.model(input_ids=inputs, use_cache=False).last_hidden_state.flatten(0, 1)
            total = torch.zeros((), device=inputs.device)
            parts = zip(torch.split(hidden, LOSS_CHUNK), torch.split(targets.flatten(), LOSS_CHUNK), strict=True)
            for part, wanted in parts:
                logits = self.model.lm_head(part).float()  # (chunk, vocab)
                total = total + functional.cross_entropy(logits, wanted, ignore_index=IGNORED, reduction="sum")
        return total

    def write(self, **entry: object) -> None:
        """Add a line to the log: the position, and ``entry``."""
        tokens = self.position.rows * self.plan.row_tokens
        where = {"step": self.position.step, "tokens": tokens, "seconds": round(self.position.seconds, 1)}
        with (self.folder / LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps({**where, **entry}) + "\n")
