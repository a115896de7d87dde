"""What a run tells of itself: one line of JSON a step, and where its time went.

{"step": 12, "reward": 0.41, …, "seconds": {"sample": 1.9, "decode": 0.1, "judge": 0.3, …}, "processor": …}
"""

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import fsum, isfinite
from pathlib import Path
from typing import Any, TextIO

from puzzlereel.files import write_whole

Tell = Callable[[str], object]
"""Who is told in words what a run has come to."""
Watch = Callable[[Mapping[str, Any]], object]
"""Who is shown every line of a log when it is written."""
PHASES_APART = ("examine", "checkpoint")
"""What a run does beside training."""


class Clock:
    """Seconds by phase; what a phase within another one takes is counted once, within the inner one.

    "seconds" are those of the wall clock, "processor" those that this process, all threads together, spent at work.
    """

    def __init__(self) -> None:
        self.spent: dict[str, defaultdict[str, float]] = {name: defaultdict(float) for name in self._now()}
        self.running: list[str] = []
        self.since = self._now()

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        self._turn()
        self.running.append(phase)
        try:
            yield
        finally:
            self._turn()
            self.running.pop()

    def read(self) -> dict[str, dict[str, float]]:
        """The seconds of each phase since the last reading, by both clocks."""
        self._turn()
        told = {name: {phase: round(spent, 4) for phase, spent in by.items()} for name, by in self.spent.items()}
        for by in self.spent.values():
            by.clear()
        return told

    def _turn(self) -> None:
        _settle()
        now = self._now()
        if self.running:
            for name, by in self.spent.items():
                by[self.running[-1]] += now[name] - self.since[name]
        self.since = now

    @staticmethod
    def _now() -> dict[str, float]:
        return {"seconds": time.perf_counter(), "processor": time.process_time()}


def _settle() -> None:
    """Wait for what a GPU was asked to do: else it would be counted where it is waited for, or nowhere."""
    import torch

    if torch.cuda.is_initialized():
        torch.cuda.synchronize()


def training_time(lines: Iterable[Mapping[str, Any]], clock: str) -> float:
    """The seconds that lines of a log tell of training itself, without examinations, by one of the clocks."""
    return fsum(spent for line in lines for phase, spent in line[clock].items() if phase not in PHASES_APART)


def open_log(path: Path | None, step: int) -> TextIO:
    """A log to write on after a step: lines of later steps, of a process that came further than its checkpoint, go.

    Without a path, what is written goes nowhere.
    """
    if path is None:
        return Path(os.devnull).open("a", encoding="utf-8")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    write_whole(path, "".join(line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= step))
    return path.open("a", encoding="utf-8")


def tell(log: TextIO, figures: Mapping[str, Any], watch: Watch | None = None) -> None:
    """Write one line, at once, and show it to who watches; a number that is not finite is null."""
    log.write(json.dumps({key: _finite(value) for key, value in figures.items()}, allow_nan=False) + "\n")
    log.flush()
    if watch:
        watch(figures)


def read_log(path: Path) -> list[dict[str, Any]]:
    """All lines of a log, the oldest first."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    return None if isinstance(value, float) and not isfinite(value) else value
