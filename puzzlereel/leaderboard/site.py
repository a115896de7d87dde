"""The leaderboard as a folder of static files that opens from a disk as well as from a server.

index.html     films, the ranking, a table a puzzle; style, script and data stand inside it
data.json      every number of every submission        data.csv   the same, one number a line
films/01.mp4   the exhibits
"""

import json
import shutil
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from puzzlereel.files import write_whole
from puzzlereel.leaderboard.board import ALIKE, Place, board_csv, commonest_fault, puzzles_of, ranked, read_board
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.registry import PUZZLES

PLAYABLE = (".mp4", ".webm")


class BadExhibit(PuzzlereelError):
    """A film that cannot be shown on the page."""


@dataclass(frozen=True)
class Exhibit:
    """A film that the page shows above the tables."""

    title: str
    caption: str
    video: Path
    fps: int | float
    fault_frame: int | None = None
    """The frame that the page can jump to; None for a film without a fault."""
    sentence: str | None = None
    """What is wrong there."""


def build_site(results: Sequence[Path], out: Path, *, exhibits: Sequence[Exhibit] = ()) -> Path:
    """The page that ranks the results, with all it needs beside it in the folder `out`.

    BadResults where the results cannot stand on one board, BadExhibit where a film cannot be shown; then nothing is
    written.
    """
    places = ranked(read_board(results))
    for exhibit in exhibits:
        _check_exhibit(exhibit)
    out.mkdir(parents=True, exist_ok=True)
    films = [_hang(exhibit, number, out) for number, exhibit in enumerate(exhibits, start=1)]
    data = {"places": [{"rank": rank, **one} for rank, one in places]}
    write_whole(out / "data.json", json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    write_whole(out / "data.csv", board_csv(places))
    page = out / "index.html"
    write_whole(page, page_of(places, data, films))
    return page


def _check_exhibit(exhibit: Exhibit) -> None:
    if exhibit.video.is_symlink() or not exhibit.video.is_file() or exhibit.video.suffix not in PLAYABLE:
        raise BadExhibit(f"{exhibit.video}: expected a film in {' or '.join(PLAYABLE)}")
    if not exhibit.fps > 0 or (exhibit.fault_frame or 0) < 0:
        raise BadExhibit(f"{exhibit.video}: expected a positive rate and a frame from 0 on")


def _hang(exhibit: Exhibit, number: int, out: Path) -> dict[str, Any]:
    """What the template has to know of an exhibit, whose film is copied under a name of our own."""
    place = f"films/{number:02d}{exhibit.video.suffix}"
    (out / place).parent.mkdir(exist_ok=True)
    shutil.copyfile(exhibit.video, out / place)
    frame = exhibit.fault_frame
    return {
        "title": exhibit.title,
        "caption": exhibit.caption,
        "sentence": exhibit.sentence,
        "frame": frame,
        "second": None if frame is None else round((frame + 0.5) / exhibit.fps, 6),
        "place": place,
    }


def page_of(places: Sequence[Place], data: dict[str, Any], films: Sequence[dict[str, Any]]) -> str:
    """The whole page; whatever a submission says stands in it as escaped text."""
    style, script = _part("board.css"), _part("board.js")
    board = [results for _, results in places]
    environment = Environment(
        loader=PackageLoader("puzzlereel.leaderboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["title_of"] = lambda name: PUZZLES[name].title if name in PUZZLES else name
    return environment.get_template("board.html.j2").render(
        places=places,
        data=data,
        films=films,
        puzzles=puzzles_of(board),
        benchmark=board[0]["benchmark"],
        alike=ALIKE,
        commonest_fault=commonest_fault,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _part(name: str) -> str:
    """A file of ours that stands in the page as it is."""
    return (files("puzzlereel.leaderboard") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What the page's policy allows a script or style by: the browser runs no other."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
