"""Which file of a submission is the film of which level.

videos/maze/maze-easy-test-17.mp4       the film of maze/easy/test/17
videos/maze/maze-easy-test-17.s0.webm   the first of several samples of it; .s1, .s2, … are the others
"""

import os
import re
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from puzzlereel.hub.dataset import Dataset, Row, film_name
from puzzlereel.hub.opening import NAME as SEALED
from puzzlereel.leaderboard.files import plain
from puzzlereel.leaderboard.submission import Submission
from puzzlereel.puzzles.ids import parse_id

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".gif")
"""How a film's name may end; what the file is, its content says."""
MOST_SAMPLES = 64
"""The most films a level may have."""
MARK = r"(?:\.|__)s(?P<sample>0|[1-9][0-9]?)"
NAME = re.compile(rf"(?P<level>[a-z0-9-]+)(?:{MARK})?(?:{'|'.join(map(re.escape, SUFFIXES))})", re.ASCII)


class Key(NamedTuple):
    """What a film answers."""

    id: str
    sample: int
    """From 0; a film whose name has no mark is sample 0."""


class Films(NamedTuple):
    """What is found in a submission's folder."""

    samples: int
    """How many films each level should have: as the description says, or as marks without a gap do."""
    places: Mapping[Key, tuple[Path, ...]]
    """Where the films are, from the folder on; more than one place for a film that is handed in more than once."""
    strangers: tuple[str, ...]
    """The files under `videos`, and films elsewhere in the folder, that belong to no level; sorted."""


def stem_of(row: Row) -> Path:
    """How the places of a level's films begin; UnknownId where the row's id is none of ours, nor a sealed name."""
    if match := SEALED.fullmatch(row.id):
        return Path("videos", match[1].partition("-")[0], row.id)
    identity = parse_id(row.id)
    return Path("videos", identity.puzzle, film_name(identity).removesuffix(".mp4"))


def expected_film(row: Row, sample: int | None = None) -> Path:
    """Where in a submission the film of a level stands; UnknownId where the row's id is none of ours."""
    stem = stem_of(row)
    return stem.with_name(f"{stem.name}{'' if sample is None else f'.s{sample}'}.mp4")


def expected_films(row: Row, samples: int) -> list[Path]:
    """Where all films of a level stand, unmarked where there is one only."""
    return [expected_film(row, None if samples == 1 else sample) for sample in range(samples)]


def film_path(folder: Path, row: Row) -> Path:
    """Where the film of a level stands in the submission in a folder, where it has one only."""
    return folder / expected_film(row)


def films_of(submission: Submission, dataset: Dataset) -> Films:
    """All films and strangers of a submission, none of them opened; links are named and not followed."""
    levels = {stem_of(row).as_posix(): row.id for row in dataset.rows}
    found: dict[Key, list[Path]] = {}
    strange = []
    for place in sorted(_walk(submission.folder)):
        match = NAME.fullmatch(place.name)
        id = levels.get((place.parent / match["level"]).as_posix()) if match else None
        if match and id is not None:
            found.setdefault(Key(id, int(match["sample"] or 0)), []).append(Path(place))
        elif place.parts[0] == "videos" or place.suffix.lower() in SUFFIXES:
            strange.append(place)
    samples = submission.meta.get("samples", min(MOST_SAMPLES, max(1, _longest(found))))
    strange += [PurePosixPath(place) for key, places in found.items() if key.sample >= samples for place in places]
    kept = {key: tuple(places) for key, places in found.items() if key.sample < samples}
    return Films(samples, kept, tuple(sorted(plain(str(place)) for place in strange)))


def _longest(found: Mapping[Key, object]) -> int:
    """The most films, from the first on and without a gap, that a level has: a stray mark makes no film missing."""
    ids = {key.id for key in found}
    return max((next(n for n in count() if Key(id, n) not in found) for id in ids), default=0)


def _walk(folder: Path) -> Iterator[PurePosixPath]:
    """Whatever stands below a folder, but for folders that are called like no film."""
    for place, folders, names in os.walk(folder):
        others = [name for name in folders if Path(place, name).is_symlink() or NAME.fullmatch(name)]
        for name in [*names, *others]:
            yield PurePosixPath(Path(place, name).relative_to(folder).as_posix())


def beyond(stranger: str, films: Films, meant: Path | None) -> str | None:
    """Why a film with a level's name and a mark too high is a stranger, in words; None where it has another reason."""
    match = NAME.fullmatch(PurePosixPath(stranger).name)
    if match is None or not match["sample"] or meant is None:
        return None
    if meant.with_suffix("") != Path(stranger.replace("__s", ".s")).with_suffix(""):
        return None
    sample, several = int(match["sample"]), f"{films.samples} film{'s' * (films.samples > 1)}"
    more = f", or say `samples: {sample + 1}` in the description" if sample < MOST_SAMPLES else ""
    return f"is marked as film {sample} of its level, counted from 0, where levels have {several}: rename it{more}"


def by_words(dataset: Dataset) -> dict[tuple[str, ...], Row]:
    """The rows of a data set by the words of their films' names, as `meant_by` needs them."""
    return {_words(stem_of(row).name): row for row in dataset.rows}


def meant_by(stranger: str, levels: Mapping[tuple[str, ...], Row]) -> Path | None:
    """The film that a stranger's name is nearest to; None where it names no level, of those that `by_words` gives.

    What counts is puzzle, tier, split and index in a row, whatever stands between, before and after them.
    """
    words, sizes = _words(stranger), {len(name) for name in levels}
    for last in range(len(words), 0, -1):
        for size in sizes:
            row = levels.get(words[max(0, last - size) : last])
            if row is not None:
                mark = re.search(MARK, stranger.lower(), re.ASCII)
                return expected_film(row, int(mark["sample"]) if mark else None)
    return None


def _words(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, numbers without the zeros before them."""
    found = re.findall(r"[a-z]+|[0-9]+", text.lower(), re.ASCII)
    return tuple(word.lstrip("0") or "0" if word.isdigit() else word for word in found)
