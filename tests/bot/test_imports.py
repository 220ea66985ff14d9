"""The bot stays light: it starts fast, and torch never gets in."""

import resource
import subprocess
import sys


def _loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print(' '.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_the_whole_bot_never_imports_torch() -> None:
    loaded = _loaded_after("import bot.service, bot.platforms.discord, bot.platforms.line, bot.platforms.console.door")
    assert "bot.responder" in loaded
    assert not loaded & {"torch", "transformers", "peft", "bitsandbytes", "train"}


def test_the_responder_knows_no_library_of_its_surroundings() -> None:
    assert not _loaded_after("import bot.responder") & {
        "openai",
        "sqlalchemy",
        "discord",
        "linebot",
        "nicegui",
        "fastapi",
    }


def test_the_responder_is_imported_in_less_than_half_a_second() -> None:
    def cpu_s() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = cpu_s()
    subprocess.run([sys.executable, "-c", "import bot.responder"], check=True)
    assert cpu_s() - before < 0.5
