"""Folders of questions as VBVR-EvalKit lays them out, so that a model can be taken to that benchmark.

DATA/<generator>/…/<id>/first_frame.png, prompt.txt                what is asked; final_frame.png, ground_truth.mp4
OUT/<generator>/…/<id>/s0/video/output.mp4, question/…             what its scorer takes, from the folder around OUT
"""

import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from math import sqrt
from pathlib import Path
from typing import NamedTuple

from puzzlereel.baselines.sde_grpo.wan_filming import Request
from puzzlereel.files import whole
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.skins.still import read_still, resized

FIRST, PROMPT = "first_frame.png", "prompt.txt"
FILES = (FIRST, PROMPT, "final_frame.png", "ground_truth.mp4")
"""What of a question stands beside its film."""
MOST_PROMPT, MOST_FILE = 10_000, 256 * 2**20
"""The longest prompt in characters, and the largest other file in bytes."""
PIXELS, SIDE = 480 * 832, 32
"""About how many pixels a frame has, and of what its sides are multiples."""
FRAMES, FPS = 81, 16


class BadQuestion(PuzzlereelError):
    """A folder that holds no question, or one that cannot be read."""


class Question(NamedTuple):
    place: Path
    """Where it stands, relative to the folder of all questions."""
    folder: Path


def questions_in(folder: Path) -> list[Question]:
    """All questions below a folder, links left out; BadQuestion where there is none."""
    found = [Question(place.relative_to(folder), place) for place in sorted(_places(folder))]
    if not found:
        raise BadQuestion(f"expected folders with {FIRST} and {PROMPT}, found none in {folder}")
    return found


def requests_for(questions: list[Question], out: Path, *, samples: int, seed: int) -> list[Request]:
    """The films that questions ask for, each in a size near to 480×832 with the picture's own shape."""
    return [
        Request(
            ("sample", question.place.as_posix(), seed, number),
            _prompt(question.folder / PROMPT),
            out / question.place / f"s{number}" / "video" / "output.mp4",
            (FRAMES, *size_near(*read_still(question.folder / FIRST).shape[:2])),
            FPS,
            partial(_fitted, question.folder / FIRST),
        )
        for question in questions
        for number in range(samples)
    ]


def copy_questions(questions: Sequence[Question], out: Path, *, samples: int) -> None:
    """Put what a question says beside each of its films."""
    for question in questions:
        for number in range(samples):
            for name in FILES:
                source, target = question.folder / name, out / question.place / f"s{number}" / "question" / name
                if _plain(source) and not target.exists():
                    with whole(target) as draft:
                        shutil.copyfile(source, draft)


def size_near(height: int, width: int) -> tuple[int, int]:
    """Sides in multiples of 32, of about as many pixels as 480×832 and about the same shape."""
    scale = sqrt(PIXELS / (height * width))
    return max(SIDE, round(height * scale / SIDE) * SIDE), max(SIDE, round(width * scale / SIDE) * SIDE)


def _places(folder: Path) -> Iterator[Path]:
    for picture in folder.rglob(FIRST):
        if _plain(picture) and _plain(picture.with_name(PROMPT)):
            yield picture.parent


def _plain(path: Path) -> bool:
    """Whether a file is one of reasonable size, and no link."""
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= MOST_FILE


def _prompt(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except ValueError:
        raise BadQuestion(f"expected text in UTF-8 in {path}") from None
    if not 0 < len(text) <= MOST_PROMPT:
        raise BadQuestion(f"expected a prompt of 1 to {MOST_PROMPT} characters, got {len(text)} in {path}")
    return text


def _fitted(path: Path) -> Frame:
    frame = read_still(path)
    height, width, _ = frame.shape
    return resized(frame, size_near(height, width), (0.0, 0.0, float(width), float(height)))
