"""Settings, read once from the environment and .env at the entry point.

Knows names, types and defaults; .env.example is generated from this class. Does not connect to anything.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.quiet import QuietHours

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LINE_WEBHOOK_PATHS = ("/line/webhook", "/callback")
"""Where LINE's webhook listens: the path of the documents, and that of LINE's own samples."""
CommaSeparated = Annotated[tuple[str, ...], NoDecode]


class SettingsError(ValueError):
    """The settings cannot be used; the message names every one that is wrong, and no value."""


class Settings(BaseSettings):
    """Everything that differs between two installations. Secrets never print."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    discord_token: SecretStr | None = Field(None, description="Bot token; without it Discord stays off")
    discord_admin_ids: CommaSeparated = Field((), description="User ids of administrators, comma-separated")
    discord_message_content: bool = Field(
        False, description="Read messages that do not mention the bot; a privileged intent, see docs/operating.md"
    )
    discord_shards: int | None = Field(
        None, ge=0, description="Connections for very many servers; 0 = as many as Discord recommends"
    )
    line_channel_secret: CommaSeparated = Field(
        (), repr=False, description="Channel secret; several, comma-separated, while it is being rotated"
    )
    line_channel_access_token: SecretStr | None = Field(None, description="Access token; without it LINE stays off")
    line_admin_ids: CommaSeparated = Field((), description="LINE user ids of administrators (see /whoami)")
    line_push_budget: int = Field(0, ge=0, description="Pushes per month the bot may spend; 0 = never push")
    line_port: int = Field(8642, ge=0, le=65535, description="Port of the LINE webhook, on loopback behind your proxy")
    senpai_home: Path = Field(Path("var"), description="Checkpoints, data sets and database live here")
    senpai_database_url: str | None = Field(None, description="SQLAlchemy URL; default: SQLite in SENPAI_HOME")
    senpai_checkpoint: str | None = Field(None, description="Checkpoint to serve at start; default: the current one")
    senpai_quantization: Literal["4bit", "8bit", "none"] = Field("4bit", description="How the base is held in memory")
    senpai_device: str = Field("auto", description="auto, cpu, cuda or cuda:N")
    senpai_worker_url: str | None = Field(None, description="An OpenAI-compatible server in the worker's place")
    senpai_worker_key: SecretStr | None = Field(None, description="Key of the worker; required off loopback")
    senpai_console_port: int = Field(8641, ge=0, le=65535, description="Port of the console")
    senpai_console_host: str = Field("127.0.0.1", description="Address of the console; off loopback a key is required")
    senpai_console_key: SecretStr | None = Field(None, description="Key of the console; whoever knows it administers")
    senpai_locale: Literal["ja", "en"] = Field("ja", description="Language of the bot's own sentences")
    senpai_call_names: CommaSeparated = Field((), description="Names the bot answers to in groups, comma-separated")
    senpai_history_days: int = Field(30, ge=1, description="Days a conversation is remembered")
    senpai_messages_per_minute: int = Field(20, ge=1, description="Messages of one author answered in a minute")
    senpai_conversation_per_minute: int = Field(60, ge=1, description="Messages answered in a minute in one place")
    senpai_platform_per_minute: int = Field(600, ge=1, description="Messages answered in a minute on one platform")
    senpai_waiting_per_author: int = Field(1, ge=0, description="Messages of one author that may wait behind another")
    senpai_max_message_chars: int = Field(2000, ge=1, description="Longest message that is answered")
    senpai_quiet_hours: Annotated[QuietHours | None, NoDecode] = Field(
        None, description="When the bot sleeps, such as 23:00-07:00 (Japan's time) or 23:00-07:00+01:00"
    )
    senpai_train_from_chats: CommaSeparated = Field(
        (), description="Platforms whose chats may be learnt from (line, console); Discord forbids it"
    )
    discord_api_url: str | None = Field(None, description="For proxies and local stand-ins")
    discord_gateway_url: str | None = Field(None, description="For proxies and local stand-ins")
    line_api_url: str | None = Field(None, description="For proxies and local stand-ins")

    @field_validator(
        "discord_admin_ids",
        "line_channel_secret",
        "line_admin_ids",
        "senpai_call_names",
        "senpai_train_from_chats",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("senpai_train_from_chats")
    @classmethod
    def _may_be_trained_on(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - {"line", "console"}):
            raise ValueError(f"may name line and console, not {', '.join(unknown)}; Discord's policy forbids training")
        return value

    @field_validator("senpai_quiet_hours", mode="before")
    @classmethod
    def _parse_hours(cls, value: object) -> object:
        return QuietHours.parse(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_line_whole(self) -> Self:
        if bool(self.line_channel_secret) != bool(self.line_channel_access_token):
            raise ValueError("LINE needs both LINE_CHANNEL_SECRET and LINE_CHANNEL_ACCESS_TOKEN, or neither")
        return self

    @model_validator(mode="after")
    def _is_console_safe(self) -> Self:
        if self.senpai_console_host not in LOOPBACK and self.senpai_console_key is None:
            raise ValueError("SENPAI_CONSOLE_HOST leaves this machine, which needs SENPAI_CONSOLE_KEY")
        return self

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the store."""
        return self.senpai_database_url or f"sqlite+aiosqlite:///{self.senpai_home / 'senpai.db'}"


def read_settings() -> Settings:
    """Read environment and .env. Raises SettingsError, which names every problem at once."""
    with _problems_named():
        return Settings()


def checked_settings(values: Mapping[str, str]) -> Settings:
    """Return what ``values``, by the names in .env, would set, without the environment. Raises SettingsError."""
    with _problems_named():
        return Settings.model_validate({name.lower(): value for name, value in values.items() if value})


@contextmanager
def _problems_named() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        problems = (
            f"{_named(problem['loc'])}{problem['msg'].removeprefix('Value error, ')}" for problem in error.errors()
        )
        raise SettingsError(f"The settings (environment or .env) are wrong: {'; '.join(problems)}.") from None


def _named(location: tuple[int | str, ...]) -> str:
    return f"{'.'.join(map(str, location)).upper()}: " if location else ""


def env_example() -> str:
    """Return the text of .env.example: every setting with its meaning and default, commented out."""
    blocks = []
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=False)
        shown = "" if default in (None, ()) else str(default)
        blocks.append(f"# {field.description}\n# {name.upper()}={shown}\n")
    return "\n".join(blocks)
