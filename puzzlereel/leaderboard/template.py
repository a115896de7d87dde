"""A submission to fill in: the description, the task of each level, and empty folders for the films.

DIR/README.md                                    what to do
DIR/tasks.jsonl                                  a line a level: id, prompt, first frame, where each film goes, size
DIR/first_frames/maze/maze-easy-test-17.png      the first frame of maze/easy/test/17
DIR/submission.yaml                              the description, written last
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from puzzlereel.files import whole, write_whole
from puzzlereel.hub.dataset import Dataset, Row
from puzzlereel.hub.rows import read_rows
from puzzlereel.leaderboard.films import expected_film, expected_films
from puzzlereel.leaderboard.submission import DESCRIPTION, BadSubmission, Submission, write_submission

README = """\
# A submission to puzzlereel

Each line of `tasks.jsonl` is one level: your model gets `prompt` and the picture `first_frame`, and its film goes to
the place in `films`{several}. The films of the data set have {frames} frames of {width}x{height} at {fps} a second;
yours may have another size, length and rate, and another container ({suffixes}): change the end of the name.

Complete `submission.yaml`: who made the films, and how. Then

    puzzlereel submit check {folder} --data DATA
    puzzlereel score {folder} --data DATA --out results.json

where DATA is the data set with manifest {manifest}. A film that is missing is a failure. Links are not followed.
"""


def write_template(dataset: Dataset, folder: Path, *, name: str, samples: int = 1) -> Submission:
    """Writes all that a participant needs into a folder; the solutions are not in it.

    A template that was stopped is written anew; BadSubmission where the folder has a description already.
    """
    from puzzlereel.leaderboard.films import SUFFIXES

    if (folder / DESCRIPTION).exists():
        raise BadSubmission(f"expected a folder without a {DESCRIPTION}, found one in {folder}")
    if not dataset.rows:
        raise BadSubmission(f"{dataset.folder}: expected a data set with at least one level")
    meta = meta_of(dataset, name=name, samples=samples)
    for row, picture in zip(dataset.rows, _pictures(dataset), strict=True):
        with whole(folder / first_frame(row)) as draft:
            draft.write_bytes(picture)
        (folder / expected_film(row)).parent.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "tasks.jsonl", "".join(task_line(row, samples) for row in dataset.rows))
    some = dataset.rows[0]
    several = ", one for each sample" if samples > 1 else ""
    told = README.format(
        several=several,
        frames=some.n_frames,
        width=some.width,
        height=some.height,
        fps=some.fps,
        suffixes=", ".join(SUFFIXES),
        folder=folder.name,
        manifest=dataset.manifest_sha256,
    )
    write_whole(folder / "README.md", told)
    return write_submission(folder, meta)


def meta_of(dataset: Dataset, *, name: str, samples: int = 1) -> dict[str, Any]:
    """The least description of a submission to a data set, which it names by both of its hashes."""
    meta: dict[str, Any] = {
        "schema_version": 1,
        "model": {"name": name},
        "dataset": {"levels_sha256": dataset.levels_sha256, "manifest_sha256": dataset.manifest_sha256},
    }
    return meta if samples == 1 else meta | {"samples": samples}


def first_frame(row: Row) -> Path:
    """Where in a template the first frame of a level stands."""
    return Path("first_frames", row.puzzle, expected_film(row).with_suffix(".png").name)


def task_line(row: Row, samples: int) -> str:
    """The line of `tasks.jsonl` for a level."""
    task = {
        "id": row.id,
        "prompt": row.prompt,
        "first_frame": first_frame(row).as_posix(),
        "films": [path.as_posix() for path in expected_films(row, samples)],
        **{key: getattr(row, key) for key in ("width", "height", "fps", "n_frames")},
    }
    return json.dumps(task, ensure_ascii=False) + "\n"


def _pictures(dataset: Dataset) -> Iterator[bytes]:
    """The first frames of all rows, as PNG files, in the order of the rows."""
    for part in dict.fromkeys(f"{row.puzzle}/{row.split}" for row in dataset.rows):
        for told in read_rows(dataset.folder / part / "metadata.parquet", ["first_frame"]):
            yield bytes(told["first_frame"]["bytes"])
