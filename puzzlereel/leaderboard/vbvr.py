"""Levels as questions in VBVR's layout, and the films that its tools make of them as a submission.

QUESTIONS/maze_data-generator/maze_task/maze-easy-test-17/first_frame.png, prompt.txt     what is asked
FILMS/maze_data-generator/maze_task/maze-easy-test-17/<run>/video/output.mp4              what comes back

The layout is that of VBVR-EvalKit's documentation. Its own questions are scored by its own scorers.
"""

import shutil
from pathlib import Path

from puzzlereel.files import link_or_copy, whole, write_whole
from puzzlereel.hub.dataset import Dataset
from puzzlereel.leaderboard.films import MOST_SAMPLES, expected_films, stem_of
from puzzlereel.leaderboard.submission import BadSubmission, Submission, write_submission
from puzzlereel.leaderboard.template import meta_of, tasks_of

FILM = "video/output.mp4"


def write_questions(dataset: Dataset, folder: Path) -> int:
    """Write a folder for each level, with its first frame and its prompt, and how many there are."""
    for task in tasks_of(dataset):
        place = folder / f"{task.puzzle}_data-generator" / f"{task.puzzle}_task" / task.stem
        with whole(place / "first_frame.png") as draft:
            draft.write_bytes(task.picture)
        write_whole(place / "prompt.txt", task.prompt + "\n")
    return len(dataset.rows)


def collected(films: Path, dataset: Dataset, folder: Path) -> Submission:
    """A submission in `folder`, anew, of the films below another one; each run of a level is a sample of it.

    Links are left out, and so are films of other questions; BadSubmission where there is none of a level.
    """
    stems = {stem_of(row).name for row in dataset.rows}
    runs: dict[str, list[Path]] = {}
    for film in films.rglob(FILM):
        run, level = film.parents[1], film.parents[2]
        if level.name in stems and film.is_file() and not any(path.is_symlink() for path in (film, film.parent, run)):
            runs.setdefault(level.name, []).append(film)
    if not runs:
        raise BadSubmission(
            f"expected films at LEVEL/RUN/{FILM}, such as {min(stems)}/s0/{FILM}, found none in {films}"
        )
    samples = max(map(len, runs.values()))
    if samples > MOST_SAMPLES:
        raise BadSubmission(f"expected at most {MOST_SAMPLES} runs of a level, found {samples} in {films}")
    shutil.rmtree(folder / "videos", ignore_errors=True)
    for row in dataset.rows:
        found = sorted(runs.get(stem_of(row).name, []), key=lambda film: (len(film.parents[1].name), film))
        for film, place in zip(found, expected_films(row, samples), strict=False):
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            link_or_copy(film, folder / place)
    return write_submission(folder, meta_of(dataset, name=films.resolve().name, samples=samples))
