"""Look at a submission before it is scored, and say everything that is wrong at once.

videos/maze/maze-easy-test-3.mp4: missing
videos/maze/maze_easy_test_3.mp4: belongs to no level; did you mean videos/maze/maze-easy-test-3.mp4?
videos/maze/maze-easy-test-4.mp4: unreadable: expected a video, got a file that does not decode: …
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from puzzlereel.hub.dataset import Dataset
from puzzlereel.leaderboard.files import BadFile, plain, unfit
from puzzlereel.leaderboard.films import Films, Key, beyond, by_words, expected_films, films_of, meant_by
from puzzlereel.leaderboard.submission import (
    DESCRIPTION,
    BadSubmission,
    Submission,
    check_meant_for,
    read_submission,
)
from puzzlereel.renderers.video import BadVideo, frames_of
from puzzlereel.verifiers.children import Children, Lost


class Size(NamedTuple):
    """What a film turned out to be."""

    frames: int
    height: int
    width: int


class Complaint(NamedTuple):
    """One thing that is wrong with a submission."""

    place: str
    """The file, from the submission's folder on."""
    kind: str
    """description, missing, twice, refused, unreadable or extra."""
    sentence: str


class Inspection(NamedTuple):
    """What there is in a submission, and what is wrong with it."""

    expected: int
    """How many films there should be."""
    sizes: Mapping[Size, int]
    """How many of the films that can be read are of each size."""
    complaints: Sequence[Complaint]

    @property
    def readable(self) -> int:
        return sum(self.sizes.values())


def inspect(
    folder: Path, dataset: Dataset, *, workers: int = 1, progress: Callable[[int, int], None] | None = None
) -> Inspection:
    """Everything that is wrong with a submission; each film is decoded to its end, in a process of its own.

    BadSubmission where there is no folder.
    """
    submission, complaints = _described(folder, dataset)
    films = films_of(submission, dataset)
    complaints += _about_places(films, dataset)
    fit = []
    for place, *_ in films.places.values():
        why = unfit(folder / place, folder)
        if why is None:
            fit.append(folder / place)
        else:
            complaints.append(Complaint(place.as_posix(), "refused", why))
    sizes: Counter[Size] = Counter()
    with Children(workers) as children:
        for done, (path, answer) in enumerate(children.answers(size_of, fit), start=1):
            if isinstance(answer, Lost):
                said = f"unreadable: {plain(answer.sentence)}"
                complaints.append(Complaint(path.relative_to(folder).as_posix(), "unreadable", said))
            else:
                sizes[answer] += 1
            if progress:
                progress(done, len(fit))
    expected = films.samples * len(dataset.rows)
    return Inspection(expected, dict(sizes.most_common()), sorted(complaints))


def size_of(path: Path) -> Size:
    """The size of a film that was decoded to its end; BadVideo where it is none."""
    frames, height, width = 0, 0, 0
    for frame in frames_of(path):
        frames, (height, width, _) = frames + 1, frame.shape
    if not frames:
        raise BadVideo(f"expected a film with frames, got none in {path.name}")
    return Size(frames, height, width)


def _described(folder: Path, dataset: Dataset) -> tuple[Submission, list[Complaint]]:
    """The submission and what is wrong with its description, without which films are still looked for."""
    submission = Submission(folder.name, {"dataset": {}}, folder)
    if not folder.is_dir():
        read_submission(folder)
    try:
        submission = read_submission(folder)
        check_meant_for(submission, dataset)
    except (BadSubmission, BadFile) as error:
        said = str(error).removeprefix(f"{folder / DESCRIPTION}: ").removeprefix(f"{folder}: ")
        return submission, [Complaint(DESCRIPTION, "description", said)]
    return submission, []


def _about_places(films: Films, dataset: Dataset) -> Iterator[Complaint]:
    """What is missing, there more than once, or not asked for."""
    for row in dataset.rows:
        for sample, path in enumerate(expected_films(row, films.samples)):
            places = films.places.get(Key(row.id, sample), ())
            if not places:
                yield Complaint(path.as_posix(), "missing", "missing")
            for place in places[1:]:
                yield Complaint(place.as_posix(), "twice", f"the same film as {places[0].as_posix()}: keep one of them")
    levels = by_words(dataset) if films.strangers else {}
    for stranger in films.strangers:
        meant = meant_by(stranger, levels)
        if why := beyond(stranger, films, meant):
            yield Complaint(stranger, "extra", why)
            continue
        hint = f"; did you mean {meant.as_posix()}?" if meant and meant.as_posix() != stranger else ""
        yield Complaint(stranger, "extra", f"belongs to no level{hint}")
