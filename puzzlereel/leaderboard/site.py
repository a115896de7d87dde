"""The leaderboard as a folder of static files that opens from a disk as well as from a server.

index.html            the ranking, films, and what others have published
levels.html           every level and who solved it
models/<slug>.html    one submission      levels/<id>.html   one level, its films side by side
play.html             the levels, for people
data.json data.csv    every number        films.csv          every verdict
assets/               styles and scripts; no page loads anything from elsewhere
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from puzzlereel.files import whole, write_whole
from puzzlereel.hub.dataset import Dataset
from puzzlereel.leaderboard.board import ALIKE, Place, board_csv, commonest_fault, films_csv
from puzzlereel.leaderboard.charts import lengths_of
from puzzlereel.leaderboard.cuts import ALL, choices_of, cuts_of, table_of
from puzzlereel.leaderboard.entries import Entry, read_entries
from puzzlereel.leaderboard.films import Key
from puzzlereel.leaderboard.levels import level_told, levels_on, write_levels
from puzzlereel.leaderboard.models import write_models
from puzzlereel.leaderboard.pages import sweep, write_assets, write_page
from puzzlereel.leaderboard.results import BadResults
from puzzlereel.leaderboard.shelf import PLAYABLE, OnShelf, hang_films, hang_references, matched
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.registry import PUZZLES

SPACE = """\
---
title: puzzlereel leaderboard
sdk: static
app_file: index.html
---

The leaderboard of puzzlereel: open `index.html`. The folder needs no server and deploys as it is.
"""
"""What a static Space wants to know, in its README.md."""


class BadExhibit(PuzzlereelError):
    """A film that cannot be shown on the page."""


@dataclass(frozen=True)
class Exhibit:
    """A film that the first page shows above the tables."""

    title: str
    caption: str
    video: Path
    fps: int | float
    fault_frame: int | None = None
    """The frame that the page can jump to; None for a film without a fault."""
    sentence: str | None = None
    """What is wrong there."""


@dataclass(frozen=True)
class Sources:
    """What a site is made from, beside the results; without any of it the pages say so."""

    dataset: Dataset | None = None
    """The levels, which the site then shows with their reference films, and lets people play."""
    submissions: Sequence[Path] = ()
    """The folders whose films are shown beside the reference films."""


def build_site(
    results: Sequence[Path],
    out: Path,
    *,
    exhibits: Sequence[Exhibit] = (),
    sources: Sources = Sources(),
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """The first page of the site that ranks the results, with all that it needs in the folder `out`.

    BadResults where the results cannot stand on one board or beside the data set, BadSubmission where one is not on the
    board, BadExhibit where a film cannot be shown; then nothing is written.
    """
    entries = read_entries(results)
    _check_sources(entries, sources)
    submissions = matched(entries, sources.submissions)
    for exhibit in exhibits:
        _check_exhibit(exhibit)
    out.mkdir(parents=True, exist_ok=True)
    dataset, references = sources.dataset, dict[str, str]()
    shelf: Mapping[tuple[str, Key], OnShelf] = {}
    if dataset is not None:
        references = hang_references(dataset, out)
        shelf = hang_films(submissions, dataset, out, workers=workers, progress=progress)
    levels = levels_on(entries, dataset, references)
    shared = {"benchmark": entries[0].results["benchmark"], "alike": ALIKE, "has_levels": bool(levels)}
    shared |= {"can_play": dataset is not None}
    write_assets(out)
    pages = write_levels(out, entries, levels, shelf, shared)
    pages += write_models(out, entries, lengths_of(dataset.rows) if dataset else {}, shared)
    if dataset is not None:
        titles = {name: puzzle.title for name, puzzle in PUZZLES.items()}
        told = {
            "titles": titles,
            "levels_sha256": dataset.levels_sha256,
            "levels": [level_told(row) for row in dataset.rows],
        }
        pages.append(write_page(out / "play.html", "play.html.j2", told=told, **shared))
    hung = [_hang(exhibit, number, out) for number, exhibit in enumerate(exhibits, start=1)]
    first = _write_first(out, entries, hung, shared)
    sweep(out, [*pages, first])
    return first


def _write_first(out: Path, entries: Sequence[Entry], films: Sequence[Any], shared: Mapping[str, Any]) -> Path:
    """The ranking and the data behind it; the path of the page."""
    board = [entry.results for entry in entries]
    data = {"places": [{"rank": entry.rank, **entry.results} for entry in entries]}
    write_whole(out / "data.json", json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    write_whole(out / "data.csv", board_csv([Place(entry.rank, entry.results) for entry in entries]))
    write_whole(
        out / "films.csv", films_csv((entry.name, row) for entry in entries for rows in entry.levels for row in rows)
    )
    write_whole(out / ".nojekyll", "")
    if not (out / "README.md").exists():
        write_whole(out / "README.md", SPACE)
    cuts = {str(cut): table_of(entries, cut) for cut in cuts_of(board)}
    write_page(
        out / "index.html",
        "index.html.j2",
        entries=entries,
        data=data,
        films=films,
        cuts=cuts,
        whole=cuts["/".join([ALL] * 3)],
        choices=choices_of(board),
        published=_published(),
        commonest_fault=commonest_fault,
        **shared,
    )
    return out / "index.html"


def _published() -> dict[str, Any]:
    """The rows of others, as they have published them."""
    told: dict[str, Any] = json.loads((files("puzzlereel.leaderboard") / "published.json").read_text(encoding="utf-8"))
    return told


def _check_sources(entries: Sequence[Entry], sources: Sources) -> None:
    dataset, benchmark = sources.dataset, entries[0].results["benchmark"]
    if sources.submissions and dataset is None:
        raise BadResults("expected the data set beside the films of submissions, got none")
    if dataset is not None and dataset.levels_sha256 != benchmark["levels_sha256"]:
        raise BadResults(
            f"{dataset.folder}: expected the levels {benchmark['levels_sha256']} of the results, "
            f"got {dataset.levels_sha256}"
        )


def _check_exhibit(exhibit: Exhibit) -> None:
    if exhibit.video.is_symlink() or not exhibit.video.is_file() or exhibit.video.suffix not in PLAYABLE:
        raise BadExhibit(f"{exhibit.video}: expected a film in {' or '.join(PLAYABLE)}")
    if not exhibit.fps > 0 or (exhibit.fault_frame or 0) < 0:
        raise BadExhibit(f"{exhibit.video}: expected a positive rate and a frame from 0 on")


def _hang(exhibit: Exhibit, number: int, out: Path) -> dict[str, Any]:
    """What the template has to know of an exhibit, whose film is copied under a name of our own."""
    place = f"films/{number:02d}{exhibit.video.suffix}"
    (out / place).parent.mkdir(exist_ok=True)
    with whole(out / place) as draft:
        shutil.copyfile(exhibit.video, draft)
    frame = exhibit.fault_frame
    return {
        "title": exhibit.title,
        "caption": exhibit.caption,
        "sentence": exhibit.sentence,
        "frame": frame,
        "second": None if frame is None else round((frame + 0.5) / exhibit.fps, 6),
        "place": place,
    }
