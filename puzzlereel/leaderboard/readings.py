"""What the judge saw in each film, kept beside the verdicts, so that a site shows it without reading any film again.

NAME.readings.jsonl   a line a film, in the order of the rows: whose film, by what judge, and the reading
reading               {"frames": 81, "boards": [{"frame": 0, "rows": ["#####", "#@ G#", "#####"]}, …], "box": null}
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from puzzlereel.files import whole
from puzzlereel.leaderboard.files import BadFile, plain, read_json
from puzzlereel.leaderboard.results import LevelRow
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.layout import TooSmall
from puzzlereel.renderers.reading import Readings, read
from puzzlereel.renderers.sight.sighting import BadFrame
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import BadVideo, views_of
from puzzlereel.verifiers.judge import judge_readings
from puzzlereel.verifiers.verdict import Verdict, unreadable

Reading: TypeAlias = Mapping[str, Any]
"""`frames`, how many there are; `boards`, each with the first `frame` that shows it and its `rows`; and `box`, where
the fault is in its frame. Or `why_not`."""
UNREAD = "?"
"""What stands for a cell in which nothing was recognised."""
SIGNED = ("id", "sha256", "skin", "verifier_version")
"""What a reading has in common with the row of its film."""
MOST_LINE = 2**20
"""The longest line that is read, in bytes."""


class Judged(NamedTuple):
    """What came of a film."""

    verdict: Verdict
    reading: Reading


def judge_and_tell(path: Path, puzzle: str, level_text: str, skin: str, solution: str) -> Judged:
    """The verdict on a film file, as `judge_file` gives it, and what was seen.

    The level, skin and solution are the data set's own; PuzzlereelError where they are wrong.
    """
    rules = PUZZLES[puzzle]
    level = rules.parse(level_text)
    reference = rules.read_moves(level, solution)
    try:
        frames = views_of(path)
        first = next(frames, None)
        if first is None:
            return _unseen("the film has no frames")
        readings = read(chain((first,), frames), level.board(level.start()), skin_of(puzzle, skin))
    except (BadVideo, BadFrame, TooSmall) as error:
        return _unseen(str(error))
    verdict = judge_readings(readings, level, skin_of(puzzle, skin), reference=reference)
    return Judged(verdict, reading_of(readings, verdict.json()["fault"], first.shape))


def _unseen(why: str) -> Judged:
    return Judged(unreadable(why), {"why_not": plain(why)[:200]})


def reading_of(readings: Readings, fault: Mapping[str, Any] | None, shape: tuple[int, ...]) -> Reading:
    """What was seen in each frame, and where the fault is, as plain values."""
    glyphs = np.where(readings.settled, readings.glyphs, ord(UNREAD)).astype("<u4")
    changes = np.flatnonzero((glyphs[1:] != glyphs[:-1]).any((1, 2))) + 1
    boards = [
        {"frame": frame, "rows": [row.tobytes().decode("utf-32-le") for row in glyphs[frame]]}
        for frame in [0, *changes.tolist()]
    ]
    return {"frames": len(glyphs), "boards": boards, "box": _box(readings, fault, shape)}


def _box(readings: Readings, fault: Mapping[str, Any] | None, shape: tuple[int, ...]) -> list[float] | None:
    """Where the fault's cell lies in its frame: top, left, bottom and right as shares of the frame's sides."""
    if fault is None or fault["cell"] is None or fault["frame"] >= len(readings.sights):
        return None
    place = readings.place(fault["frame"], tuple(fault["cell"]))
    return [round(float(at) / shape[side % 2], 4) for side, at in enumerate(place)]


def readings_path(results: Path) -> Path:
    """Where the readings are of the films that the results in a file were counted from."""
    return results.with_name(f"{results.stem}.readings.jsonl")


def reading_line(row: LevelRow, reading: Reading) -> str:
    """The line of a row's film."""
    told = {**{key: row[key] for key in SIGNED}, "reading": reading}
    return json.dumps(told, ensure_ascii=False, allow_nan=False) + "\n"


def order_readings(path: Path, rows: Iterable[LevelRow]) -> None:
    """Writes the file anew: the lines of these rows in their order, each once; whatever else it has is left out."""
    spans = {signature: span for signature, span, _ in _lines(path)}
    with whole(path) as draft, draft.open("wb") as file:
        for signature in dict.fromkeys(map(_signature, rows)):
            if signature in spans:
                begin, size = spans[signature]
                with path.open("rb") as old:
                    old.seek(begin)
                    file.write(old.read(size))


def read_readings(path: Path, rows: Iterable[LevelRow]) -> list[Reading | None]:
    """What is told of each row's film; None where the file does not tell it, or tells what cannot be shown."""
    told = {signature: reading for signature, _, reading in _lines(path)}
    return [told.get(_signature(row)) for row in rows]


def _signature(row: LevelRow) -> tuple[Any, ...]:
    return tuple(row[key] for key in SIGNED)


def _lines(path: Path) -> Iterator[tuple[tuple[Any, ...], tuple[int, int], Reading]]:
    """Whose film each line is of, where it begins and how long it is, and its reading; broken ones are skipped."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        begin = 0
        while raw := file.readline(MOST_LINE):
            found = _read_line(raw)
            if found is not None:
                yield found[0], (begin, len(raw)), found[1]
            begin += len(raw)


def _read_line(raw: bytes) -> tuple[tuple[str, ...], Reading] | None:
    try:
        told = read_json(raw.decode("utf-8"), where="") if raw.endswith(b"\n") else None
    except (BadFile, UnicodeDecodeError):
        return None
    if not isinstance(told, dict) or not all(isinstance(told.get(key), str) for key in SIGNED):
        return None
    return (_signature(told), told["reading"]) if is_reading(told.get("reading")) else None


def is_reading(told: Any) -> bool:
    """Whether a page can show what a stranger's file tells."""
    if not isinstance(told, dict):
        return False
    if set(told) == {"why_not"}:
        return isinstance(told["why_not"], str)
    return (
        set(told) == {"frames", "boards", "box"}
        and type(told["frames"]) is int
        and isinstance(told["boards"], list)
        and all(map(_is_board, told["boards"]))
        and (told["box"] is None or _are_shares(told["box"]))
    )


def _is_board(told: Any) -> bool:
    return (
        isinstance(told, dict)
        and set(told) == {"frame", "rows"}
        and type(told["frame"]) is int
        and isinstance(told["rows"], list)
        and all(isinstance(row, str) for row in told["rows"])
    )


def _are_shares(told: Any) -> bool:
    return isinstance(told, list) and len(told) == 4 and all(type(one) in (int, float) for one in told)
