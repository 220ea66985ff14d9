"""`senpai train`: no option is taken and not listened to."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from train.train_command import train


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["--from-ratings", "--steps", "3", "--recipe", "mine.toml"], "--recipe, --steps says nothing together with"),
        (["--checkpoint", "tetsu"], "--checkpoint says nothing without"),
    ],
)
def test_an_option_that_would_not_be_heard_is_a_matter_of_usage(tmp_path: Path, given: list[str], named: str) -> None:
    app = typer.Typer()
    app.command()(train)
    result = CliRunner().invoke(app, [str(tmp_path), "--name", "new", *given], obj=tmp_path, env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert named in result.stderr and "--from-ratings: leave it out" in result.stderr
