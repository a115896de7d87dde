"""What tests ask processes of their own to do; few imports, since each process makes them anew."""

import ctypes
import os
import signal
import time
from pathlib import Path
from typing import Any

HANG = 60.0
"""Seconds that no test waits for."""


def double(number: int) -> int:
    """The answer of a child that nothing happens to."""
    return 2 * number


def who(_: object) -> int:
    """The process that answers."""
    return os.getpid()


def misbehave(how: str) -> str:
    """Whatever the name says, or the name itself."""
    match how.partition(" ")[0]:
        case "sleep":
            time.sleep(HANG)
        case "spin":
            end = time.monotonic() + HANG
            while time.monotonic() < end:
                pass
        case "segfault":
            ctypes.string_at(0)
        case "exit":
            os._exit(3)
        case "abort":
            os.abort()
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "eat":
            return str(len(bytearray(int(how.split()[1]))))
        case "raise":
            raise ZeroDivisionError("a bug")
        case "recurse":
            return misbehave(how)
    return how


def misjudge(film: Any) -> str:
    """A judge that does what the name of the file says."""
    return misbehave(film.path.name)


def die_once(mark: Path) -> str:
    """A child that dies over a name the first time only."""
    if mark.suffix == ".deadly" and not mark.exists():
        mark.touch()
        os._exit(1)
    return mark.stem


def hang_over_the_third(task: Any) -> dict[str, Any]:
    """The third film is never judged to the end."""
    if task.film.stem == "2":
        time.sleep(HANG)
    return {"judged": True}


def total(array: Any) -> tuple[int, tuple[int, ...]]:
    """The sum of an array, and its shape."""
    return int(array.sum(dtype=int)), array.shape


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


class Rigged:
    """A level that does to its judge what it is called."""

    def __init__(self, how: str) -> None:
        self.how = how

    def start(self) -> str:
        return misbehave(self.how)

    def board(self, _: object) -> str:
        return misbehave(self.how)
