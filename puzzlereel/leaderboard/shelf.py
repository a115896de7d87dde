"""The films that a site shows, copied under names of ours, with what the judge saw in them.

models/<slug>/maze-easy-test-17.s0.mp4           a submitted film, where it is the one that was judged
models/<slug>/maze-easy-test-17.s0.reading.json  what was read of it, where no scoring has told
levels/maze-easy-test-17.mp4                     the reference film of a level
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel.files import whole, write_whole
from puzzlereel.hub.dataset import Dataset, film_name, sha256_of
from puzzlereel.leaderboard.entries import Entry
from puzzlereel.leaderboard.files import BadFile, plain, read_json, read_text, unfit
from puzzlereel.leaderboard.films import Key, films_of
from puzzlereel.leaderboard.readings import Reading, read_readings, reading_of, readings_path
from puzzlereel.leaderboard.results import LevelRow
from puzzlereel.leaderboard.submission import BadSubmission, Submission, read_submission
from puzzlereel.puzzles.ids import parse_id
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.reading import read
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import BadVideo, views_of
from puzzlereel.verifiers.children import Children, Lost
from puzzlereel.verifiers.judge import VERIFIER_VERSION

PLAYABLE = (".mp4", ".m4v", ".mov", ".webm")
"""The containers that browsers open."""


class OnShelf(NamedTuple):
    """A film that the site can show, or why it cannot."""

    place: str | None
    """From the site's folder on; None where there is none to show."""
    why_not: str | None
    reading: Reading | None = None


class Item(NamedTuple):
    """A film to be read, and what it is a film of."""

    film: Path
    puzzle: str
    level: str
    skin: str
    fault: Mapping[str, Any] | None
    """As its row tells it."""


def level_name(id: str) -> str:
    """What the page and the films of a level are called; UnknownId where the id names no level."""
    return film_name(parse_id(id)).removesuffix(".mp4")


def read_film(item: Item) -> Reading:
    """What the verifier sees in each frame of a film; PuzzlereelError where that is nothing."""
    level = PUZZLES[item.puzzle].parse(item.level)
    frames = views_of(item.film)
    first = next(frames, None)
    if first is None:
        raise BadVideo(f"expected a film with frames, got none in {item.film.name}")
    readings = read(chain((first,), frames), level.board(level.start()), skin_of(item.puzzle, item.skin))
    return reading_of(readings, item.fault, first.shape)


def hang_references(dataset: Dataset, out: Path) -> dict[str, str]:
    """Copies the reference films of a data set; where each is, from the site's folder on, by id."""
    places = {}
    for row in dataset.rows:
        film, place = dataset.folder / row.video, f"levels/{level_name(row.id)}.mp4"
        if film.is_file():
            with whole(out / place) as draft:
                shutil.copyfile(film, draft)
            places[row.id] = place
    return places


def matched(entries: Sequence[Entry], folders: Sequence[Path]) -> list[tuple[Entry, Submission]]:
    """Each submission with its entry; BadSubmission where a folder holds none of those on the board."""
    named = {entry.name: entry for entry in entries}
    found = []
    for folder in folders:
        submission = read_submission(folder)
        entry = named.get(submission.name)
        if entry is None:
            raise BadSubmission(f"{folder}: expected a submission on the board, got {submission.name!r}")
        if not entry.levels:
            raise BadSubmission(
                f"{folder}: expected the rows of {entry.name!r} beside its results, to know its films by"
            )
        found.append((entry, submission))
    return found


def hang_films(
    submissions: Sequence[tuple[Entry, Submission]],
    dataset: Dataset,
    out: Path,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> dict[tuple[str, Key], OnShelf]:
    """The films of submissions, each by the slug of its entry and by what it answers, copied, with their readings.

    A film whose reading is not kept beside the results is read here, where it was not read for the same folder before.
    """
    levels = {row.id: row for row in dataset.rows}
    shelf: dict[tuple[str, Key], OnShelf] = {}
    items: dict[tuple[str, Key], Item] = {}
    known: dict[tuple[str, Key], Reading | None] = {}
    for entry, submission in submissions:
        places = films_of(submission, dataset).places
        every = [row for rows in entry.levels for row in rows]
        for row, reading in zip(every, _told_beside(entry, every), strict=True):
            key = Key(row["id"], row["sample"])
            found = _copied(submission.folder, places.get(key, ()), row, out / "models" / entry.slug)
            shelf[entry.slug, key] = found
            known[entry.slug, key] = reading
            if found.place is not None and reading is None:
                level = levels[key.id]
                items[entry.slug, key] = Item(out / found.place, level.puzzle, level.level, level.skin, row["fault"])
    read_here = _readings(items, workers, progress)
    return {
        name: found._replace(reading=(known[name] or read_here.get(name)) if found.place else None)
        for name, found in shelf.items()
    }


def _told_beside(entry: Entry, rows: Sequence[LevelRow]) -> list[Reading | None]:
    """What scoring has told of each row's film."""
    return [None] * len(rows) if entry.path is None else read_readings(readings_path(entry.path), rows)


def _copied(folder: Path, places: Sequence[Path], row: LevelRow, to: Path) -> OnShelf:
    """The film that a row was judged by, as far as it still stands in the folder."""
    if not places:
        return OnShelf(None, "there is no film")
    film = folder / places[0]
    if why := unfit(film, folder):
        return OnShelf(None, why)
    if film.suffix not in PLAYABLE:
        return OnShelf(None, f"browsers do not play {film.suffix} files")
    name = f"{level_name(row['id'])}.s{row['sample']}{film.suffix}"
    with whole(to / name) as draft:
        shutil.copyfile(film, draft)
    if sha256_of(to / name) != row["sha256"]:
        (to / name).unlink()
        return OnShelf(None, "the film in the folder is another than the one that was judged")
    return OnShelf(f"models/{to.name}/{name}", None)


def _readings(
    items: Mapping[tuple[str, Key], Item], workers: int, progress: Callable[[int, int], None] | None
) -> dict[tuple[str, Key], Reading]:
    """What is read of each film, from the folder where it is known, in processes of their own where it is not."""
    kept = {name: reading for name, item in items.items() if (reading := _kept(item))}
    names = {item.film: name for name, item in items.items()}
    left = [item for name, item in items.items() if name not in kept]
    with Children(workers) as children:
        for done, (item, answer) in enumerate(children.answers(read_film, left, ordered=False), start=len(kept) + 1):
            told = {"why_not": plain(answer.sentence)[:200]} if isinstance(answer, Lost) else dict(answer)
            signed = {"sha256": sha256_of(item.film), "verifier_version": VERIFIER_VERSION, "skin": item.skin}
            write_whole(_note(item.film), json.dumps({**signed, **told}, ensure_ascii=False) + "\n")
            kept[names[item.film]] = told
            if progress:
                progress(done, len(items))
    return kept


def _note(film: Path) -> Path:
    return film.with_suffix(".reading.json")


def _kept(item: Item) -> Reading | None:
    """What an earlier run has read of just this film; None where none has."""
    try:
        told = read_json(read_text(_note(item.film)), where=str(item.film))
    except BadFile:
        return None
    signed = {"sha256": sha256_of(item.film), "verifier_version": VERIFIER_VERSION, "skin": item.skin}
    is_same = isinstance(told, dict) and all(told.get(key) == value for key, value in signed.items())
    return {key: told[key] for key in told if key not in signed} if is_same else None
