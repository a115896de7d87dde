"""Files that others rely on: they appear whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from puzzlereel.puzzles.core import PuzzlereelError


class Busy(PuzzlereelError):
    """A file with which another process works."""


@contextmanager
def whole(path: Path, *, alone: bool = False) -> Iterator[Path]:
    """A draft to write to, which takes the place of `path` at the end of the block, or is removed where that fails.

    A process that is killed meanwhile leaves the old file as it was, and a draft named `.NAME.….part`: no two processes
    have the same, be it on machines that share a disk. Where one is `alone` in writing the file that is `.NAME.part`,
    which the next process removes, be it a second name of something.
    """
    with _draft(path, alone=alone) as draft:
        yield draft
        os.replace(draft, path)


@contextmanager
def _draft(path: Path, *, alone: bool = False) -> Iterator[Path]:
    """The name of a draft of a file; what bears it at the end of the block is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part" if alone else f".{path.name}.{token_hex(6)}.part")
    draft.unlink(missing_ok=True)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def write_whole(path: Path, text: str, *, alone: bool = False) -> None:
    """Write a text file, in UTF-8 and with the line ends that it has, as `whole` does."""
    with whole(path, alone=alone) as draft:
        draft.write_text(text, encoding="utf-8", newline="")


def create_whole(path: Path, text: str) -> None:
    """Write a text file that is not there yet, whole at once; FileExistsError where it is."""
    with _draft(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="")
        try:
            os.link(draft, path)
        except FileExistsError:
            raise
        except OSError:  # a disk that knows no links
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(text)


def link_or_copy(path: Path, target: Path) -> None:
    """Give a file a second name; a copy where the system cannot link."""
    try:
        os.link(path, target)
    except OSError:
        shutil.copyfile(path, target)


@contextmanager
def alone_with(path: Path, *, shared: bool) -> Iterator[None]:
    """Work with a file with which no other process of this machine works, but for those that share it; Busy otherwise.

    Where the system or the disk knows no such locks, nothing is held.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    is_held = False
    while not is_held:
        try:
            lock = path.open("rb")
        except FileNotFoundError:
            raise Busy(f"expected {path}, found that another build took it away") from None
        with lock:
            try:
                fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(f"expected to be alone in {path.parent}, found another build at work there") from None
            except OSError:
                pass
            is_held = _is_at(path, lock.fileno())
            if is_held:
                yield


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether a file that was opened is still the one of that name."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False
