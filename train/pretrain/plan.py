"""How long pretraining runs and how fast it learns. Knows steps and rates; does not know the model.

The schedule is warm-up, stable, decay (Hu et al. 2024, MiniCPM): the end can be named late, since it only moves the
beginning of the decay.
"""

from dataclasses import dataclass

from train.pretrain.mixture import Stage
from train.pretrain.rows import ROW_TOKENS

DECAY_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Tokens are counted as positions of the rows, padding included."""

    num_tokens: int
    batch_rows: int = 8
    micro_rows: int = 8
    decay_share: float = DECAY_SHARE
    warmup_steps: int = 50
    muon_rate: float = 0.015
    adam_rate: float = 0.003
    eval_every_s: float = 240.0
    save_every_s: float = 180.0

    @property
    def row_tokens(self) -> int:
        return ROW_TOKENS - 1

    @property
    def step_tokens(self) -> int:
        return self.batch_rows * self.row_tokens

    @property
    def num_steps(self) -> int:
        return self.num_tokens // self.step_tokens

    @property
    def decay_steps(self) -> int:
        return max(1, round(self.num_steps * self.decay_share))

    def stage_at(self, step: int) -> Stage:
        return Stage.STABLE if step < self.num_steps - self.decay_steps else Stage.DECAY

    def rate_at(self, step: int) -> float:
        """Return the factor on the learning rate: linear up, constant, linear down to zero."""
        return max(0.0, min(1.0, (step + 1) / self.warmup_steps, (self.num_steps - step) / self.decay_steps))
