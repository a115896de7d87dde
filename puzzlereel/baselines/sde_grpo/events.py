"""The figures of a run as TensorBoard reads them, beside its log.

RUN/tensorboard/events…      {"reward": 0.41, "parts": {"lawful": 0.6}} at step 12  →  reward, parts/lawful
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from puzzlereel.puzzles.core import PuzzlereelError

FOLDER = "tensorboard"


class Events:
    """Who is told a line of a log by calling it; PuzzlereelError, at once, where there is no TensorBoard."""

    def __init__(self, run: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise PuzzlereelError("expected TensorBoard for --tensorboard: pip install tensorboard") from None
        self.folder, self.begin = run / FOLDER, SummaryWriter
        self.writer: Any = None

    def __call__(self, line: Mapping[str, Any]) -> None:
        if self.writer is None:  # what a process that was killed told of later steps is told again
            self.writer = self.begin(str(self.folder), purge_step=line["step"])
        for name, value in scalars(line):
            self.writer.add_scalar(name, value, line["step"])
        self.writer.flush()


def scalars(line: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """All finite numbers of a line but its step, those within others by both names."""
    for name, value in line.items():
        if isinstance(value, Mapping):
            yield from scalars(value, f"{prefix}{name}/")
        elif isinstance(value, (int, float)) and isfinite(value) and name != "step":
            yield f"{prefix}{name}", float(value)
