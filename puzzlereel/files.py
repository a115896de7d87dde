"""Files that others rely on: they appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path, *, alone: bool = False) -> Iterator[Path]:
    """A draft to write to, which takes the place of `path` at the end of the block, or is removed where that fails.

    A process that is killed meanwhile leaves the old file as it was, and a draft named `.NAME.PID.part`. Where it is
    `alone` in writing the file that is `.NAME.part`, which the next process removes, be it a second name of something.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part" if alone else f".{path.name}.{os.getpid()}.part")
    draft.unlink(missing_ok=True)
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file, in UTF-8 and with the line ends that it has."""
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="")
