"""The folder of all checkpoints: which exist, which one is current, and how one appears, leaves or takes over.

Knows names, renames and the history of changes. Does not know what a worker has loaded.

Layout of ``home/checkpoints``: one folder for each checkpoint, ``current`` (one name), ``history.jsonl`` (one change a
line), and hidden entries: ``.lock``, ``.NAME.XXXX.partial`` (being written), ``.NAME.replaced`` (on its way out).
Invariants:
- a visible folder is a whole, verified checkpoint
- ``.partial`` folders are flocked by the process that writes them, so that those of the dead can be swept
"""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from model.archive import name_in, pack, unpack
from model.checkpoint import (
    CONSENT,
    MANIFEST,
    Checkpoint,
    CheckpointError,
    Gate,
    check_name,
    read,
    verify,
)
from model.consent import ConsentError, load, require_kept
from model.files import stage, staged_for, sync

_CURRENT = "current"
_HISTORY = "history.jsonl"
_log = logging.getLogger(__name__)


class Change(BaseModel):
    """One line of history.jsonl: which checkpoint answered from then on, and who said so."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    at: AwareDatetime
    who: str
    from_: str | None = Field(alias="from")
    to: str
    forced: bool = False


History = list[Change]


class Shelf:
    """The checkpoints below ``home``. Several processes and threads may use it at once."""

    def __init__(self, home: Path) -> None:
        """Look at ``home/checkpoints``; nothing is created before something is written."""
        self.folder = home / "checkpoints"
        self._staged: dict[Path, int] = {}

    def list(self) -> list[Checkpoint]:
        """Return every readable checkpoint by name; an unreadable one is logged."""
        with self._locked():
            return list(self._readable())

    def get(self, name: str) -> Checkpoint:
        """Return one checkpoint. Raises CheckpointError when it does not exist or cannot be read."""
        with self._locked():
            return self._get(name)

    def current(self) -> str | None:
        """Return the name of the checkpoint that answers now, None before the first ``use``."""
        if staged_for(self.folder / _CURRENT).is_file():  # somebody changes it now, or died while changing it
            with self._locked():
                return self._current()
        return self._current()

    def use(self, name: str, *, who: str, force: bool = False) -> str | None:
        """Make ``name`` current and return the previous name.

        Raises CheckpointError when it does not exist, its consent does not cover today, or its gate failed and
        ``force`` is not given.
        """
        with self._locked():
            checkpoint = self._get(name)
            _require_consent(checkpoint, self.folder.parent)
            manifest = checkpoint.manifest
            has_failed = manifest.gate is Gate.FAILED
            if has_failed and not force:
                raise CheckpointError(
                    f"{name} failed its gate on {manifest.why_failed()}: read its report, then use it with --force."
                )
            return self._change(name, who=who, forced=has_failed)

    def require_consent(self, name: str) -> None:
        """Raise CheckpointError when ``name`` does not exist or its consent does not cover today."""
        _require_consent(self.get(name), self.folder.parent)

    def rollback(self, *, who: str) -> tuple[str, str]:
        """Return to ``earlier()``; returns (now, before).

        A second rollback therefore undoes the first. A gate is not asked again: this checkpoint has answered before.
        Raises CheckpointError when there is nothing to return to.
        """
        with self._locked():
            name = self._earlier()
            _require_consent(self._get(name), self.folder.parent)
            before = self._change(name, who=who, forced=self._get(name).manifest.gate is Gate.FAILED)
            return name, before or name

    def earlier(self) -> str:
        """Return the checkpoint that answered last before the current one; removed ones are passed over.

        Raises CheckpointError when there is none.
        """
        with self._locked():
            return self._earlier()

    def history(self) -> History:
        """Return every change, oldest first. Raises CheckpointError when the file was damaged."""
        path = self.folder / _HISTORY
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            return [Change.model_validate_json(line) for line in lines if line]
        except FileNotFoundError:
            return []
        except ValidationError:
            raise CheckpointError(f"{path} has a line that is no change: correct or remove it.") from None

    def staging(self, name: str) -> Path:
        """Return a fresh hidden folder to build ``name`` in; this process owns it until ``publish`` or its end."""
        check_name(name)
        with self._locked(), _space(self.folder):
            self._sweep()
            staged = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".partial", dir=self.folder))
            handle = os.open(staged, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
            self._staged[staged] = handle
            return staged

    def discard(self, staged: Path) -> None:
        """Give up a staged folder."""
        shutil.rmtree(staged, ignore_errors=True)
        if (handle := self._staged.pop(staged, None)) is not None:
            os.close(handle)

    def publish(self, staged: Path, name: str, *, replace: bool = False) -> Checkpoint:
        """Verify a sealed, staged folder and let it appear as ``name``.

        Raises CheckpointError when it is faulty, when it calls itself otherwise, or when ``name`` exists and
        ``replace`` is not given; the shelf is unchanged then and the staged folder stays.
        """
        checkpoint = read(staged)
        if checkpoint.name != name:
            raise CheckpointError(f"The checkpoint calls itself {checkpoint.name}: publish it under that name.")
        verify(checkpoint)
        with self._locked(), _space(self.folder):
            target = self.folder / name
            if target.exists() and not replace:
                raise CheckpointError(f"{name} exists already: choose another name or remove it first.")
            self._swap_in(staged, target)
        if (handle := self._staged.pop(staged, None)) is not None:
            os.close(handle)
        _log.info("checkpoint published name=%s replaced=%s", name, replace)
        return Checkpoint(target, checkpoint.manifest)

    def remove(self, name: str) -> None:
        """Delete a checkpoint. Raises CheckpointError when it does not exist or is current."""
        with self._locked():
            if not (self.folder / check_name(name)).is_dir():
                raise _unknown(name, self._names())
            if name == self._current():
                raise CheckpointError(f"{name} is answering now: use another checkpoint before removing it.")
            leaving = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".partial", dir=self.folder))
            (self.folder / name).rename(leaving / name)
            shutil.rmtree(leaving)

    def erase(self, name: str) -> None:
        """Delete a checkpoint for good, also the current one: nothing is current then. Once is as good as twice."""
        with self._locked():
            if self._current() == name:
                (self.folder / _CURRENT).unlink()
            folder = self.folder / check_name(name)
            if folder.is_dir():
                leaving = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".partial", dir=self.folder))
                folder.rename(leaving / name)
            self._sweep()
        _log.info("checkpoint erased name=%s", name)

    def export(self, name: str, to: Path) -> Path:
        """Write checkpoint ``name`` into the zip file ``to`` and return it. Raises CheckpointError."""
        checkpoint = self.get(name)
        verify(checkpoint)
        with _space(to):
            pack(checkpoint, to)
        return to

    def import_(self, path: Path) -> Checkpoint:
        """Take a checkpoint from a zip file made by ``export``. Raises CheckpointError when it is faulty or exists."""
        name = name_in(path)
        staged = self.staging(name)
        try:
            with _space(self.folder):
                unpack(path, staged)
            return self.publish(staged, name)
        finally:
            self.discard(staged)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the shelf alone, across processes and threads, after finishing what a crash left undone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for leaving in self.folder.glob(".*.replaced"):
                self._finish_swap(leaving)
            self._finish_change()
            yield

    def _swap_in(self, staged: Path, target: Path) -> None:
        leaving = self.folder / f".{target.name}.replaced"
        if target.exists():
            target.rename(leaving)
        staged.rename(target)
        self._finish_swap(leaving)

    def _finish_swap(self, leaving: Path) -> None:
        """Bring the old folder back when the new one never arrived, else delete it."""
        target = self.folder / leaving.name.removeprefix(".").removesuffix(".replaced")
        if leaving.exists() and not target.exists():
            leaving.rename(target)
        shutil.rmtree(leaving, ignore_errors=True)

    def _sweep(self) -> None:
        """Delete partial folders whose writer is gone: nobody holds their flock."""
        for partial in self.folder.glob(".*.partial"):
            handle = os.open(partial, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            finally:
                os.close(handle)
            shutil.rmtree(partial, ignore_errors=True)

    def _names(self) -> tuple[str, ...]:
        return tuple(
            sorted(path.name for path in self.folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        )

    def _readable(self) -> Iterator[Checkpoint]:
        for name in self._names():
            try:
                yield self._get(name)
            except CheckpointError as error:
                _log.warning("checkpoint unreadable name=%s reason=%s", name, error)

    def _get(self, name: str) -> Checkpoint:
        if not (self.folder / check_name(name)).is_dir():
            raise _unknown(name, self._names())
        checkpoint = read(self.folder / name)
        if checkpoint.name != name:
            raise CheckpointError(f"{checkpoint.path} calls itself {checkpoint.name}: rename the folder to that.")
        return checkpoint

    def _current(self) -> str | None:
        try:
            return (self.folder / _CURRENT).read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def _earlier(self) -> str:
        current = self._current()
        for change in reversed(self.history()):
            name = change.from_
            if current and name and name != current and (self.folder / name / MANIFEST).is_file():
                return name
        raise CheckpointError("There is no earlier checkpoint to go back to: choose one with use.")

    def _change(self, name: str, *, who: str, forced: bool) -> str | None:
        """Write both files beside, then rename both; ``_finish_change`` mends what a crash between the two leaves."""
        previous = self._current()
        change = Change(at=datetime.now(UTC), who=who, from_=previous, to=name, forced=forced)
        text = "".join(f"{line.model_dump_json(by_alias=True)}\n" for line in (*self.history(), change))
        with _space(self.folder):
            history = stage(self.folder / _HISTORY, text)
            current = stage(self.folder / _CURRENT, f"{name}\n")
            history.replace(self.folder / _HISTORY)
            current.replace(self.folder / _CURRENT)
            sync(self.folder)
        _log.info("checkpoint current name=%s previous=%s forced=%s", name, previous, forced)
        return previous

    def _finish_change(self) -> None:
        """Make a change that was written down already; forget one that was not."""
        staged = staged_for(self.folder / _CURRENT)
        if not staged.is_file():
            return
        last = self.history()[-1:]
        if last and staged.read_text(encoding="utf-8") == f"{last[0].to}\n":
            staged.replace(self.folder / _CURRENT)
        else:
            staged.unlink()


def _require_consent(checkpoint: Checkpoint, home: Path) -> None:
    try:
        consent = load(checkpoint.path / CONSENT)
        consent.require(date.today())
        require_kept(consent, home)
    except ConsentError as error:
        raise CheckpointError(f"{checkpoint.name} may not answer: {error}") from None


def _unknown(name: str, names: tuple[str, ...]) -> CheckpointError:
    known = ", ".join(names) or "none yet"
    return CheckpointError(f"There is no checkpoint {name!r}; on the shelf: {known}.")


@contextmanager
def _space(path: Path) -> Iterator[None]:
    """Turn a full or read-only disk into one sentence."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written: {error.strerror}; nothing was changed.") from error
