"""A submission to fill in: the description, the task of each level, and empty folders for the films.

DIR/README.md                                    what to do
DIR/tasks.jsonl                                  a line a level: id, prompt, first frame, where each film goes, size
DIR/first_frames/maze/maze-easy-test-17.png      the first frame of maze/easy/test/17
DIR/submission.yaml                              the description, written last

A sealed set gives the same template: its rows' names stand in place of the ids that nobody knows yet.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from puzzlereel.files import whole, write_whole
from puzzlereel.hub.dataset import PARTS, Dataset, film_name, open_dataset, read_manifest
from puzzlereel.hub.opening import BadSeal, check_name
from puzzlereel.hub.rows import read_rows
from puzzlereel.leaderboard.films import SUFFIXES
from puzzlereel.leaderboard.submission import DESCRIPTION, BadSubmission, Submission, write_submission
from puzzlereel.puzzles.ids import parse_id

README = """\
# A submission to puzzlereel

Each line of `tasks.jsonl` is one level: your model gets `prompt` and the picture `first_frame`, and its film goes to
the place in `films`{several}. The films of the data set have {frames} frames of {width}x{height} at {fps} a second;
yours may have another size, length and rate, and another container ({suffixes}): change the end of the name.

Complete `submission.yaml`: who made the films, and how. {then}
"""
SCORED = """\
Then

    puzzlereel submit check {folder} --data DATA
    puzzlereel score {folder} --data DATA --out results.json

where DATA is the data set with manifest {manifest}. A film that is missing is a failure. Links are not followed."""
SEALED = """\
Leave `dataset: {{}}` empty: films are scored
against the private data set, whose hashes nobody has yet. Then

    puzzlereel submit check {folder} --data PUBLIC

where PUBLIC is the sealed set, and hand this folder in to whoever sealed it with root {root}, who opens it with

    puzzlereel unseal PUBLIC --opening opening.json --submission {folder} --out opened

and scores what that gives. A film that is missing is a failure. Links are not followed."""


class Task(NamedTuple):
    """What a model is given for one level, and what is asked of it."""

    id: str
    """The name of its row in a sealed set."""
    puzzle: str
    stem: str
    """How the names of its films and of its first frame begin."""
    prompt: str
    picture: bytes
    """Its first frame, as a PNG file."""
    width: int
    height: int
    fps: int
    n_frames: int

    @property
    def first_frame(self) -> Path:
        """Where its first frame stands in a template."""
        return Path("first_frames", self.puzzle, f"{self.stem}.png")

    def films(self, samples: int) -> list[Path]:
        """Where its films go, unmarked where there is one only."""
        marks = [""] if samples == 1 else [f".s{sample}" for sample in range(samples)]
        return [Path("videos", self.puzzle, f"{self.stem}{mark}.mp4") for mark in marks]

    def line(self, samples: int) -> str:
        """Its line of `tasks.jsonl`."""
        told = {
            "id": self.id,
            "prompt": self.prompt,
            "first_frame": self.first_frame.as_posix(),
            "films": [path.as_posix() for path in self.films(samples)],
            **{key: getattr(self, key) for key in SIZE},
        }
        return json.dumps(told, ensure_ascii=False) + "\n"


SIZE = ("width", "height", "fps", "n_frames")


def write_template(dataset: Dataset, folder: Path, *, name: str, samples: int = 1) -> Submission:
    """Writes all that a participant needs into a folder; the solutions are not in it.

    A template that was stopped is written anew; BadSubmission where the folder has a description already.
    """
    then = SCORED.format(folder=folder.name, manifest=dataset.manifest_sha256)
    meta = meta_of(dataset, name=name, samples=samples)
    return _write(folder, list(tasks_of(dataset)), dataset.folder, meta, samples, then)


def write_sealed_template(public: Path, folder: Path, *, name: str, samples: int = 1) -> tuple[Submission, int]:
    """The same for a sealed set, and how many levels it has; BadSeal where there is none in the folder `public`.

    The description names no data set: the films are scored against the private one, which nobody has yet.
    """
    root = str(read_manifest(public).get("sealed"))[:80]
    then = SEALED.format(folder=folder.name, root=root)
    meta = {"schema_version": 1, "model": {"name": name}, "dataset": {}} | _several(samples)
    tasks = list(_sealed_tasks(public))
    return _write(folder, tasks, public, meta, samples, then), len(tasks)


def begin_template(data: Path, folder: Path, *, name: str, samples: int = 1) -> int:
    """Writes the template of a data set, sealed or not, and gives the number of its levels."""
    if "sealed" in read_manifest(data):
        return write_sealed_template(data, folder, name=name, samples=samples)[1]
    dataset = open_dataset(data)
    write_template(dataset, folder, name=name, samples=samples)
    return len(dataset.rows)


def _write(
    folder: Path, tasks: Sequence[Task], source: Path, meta: dict[str, Any], samples: int, then: str
) -> Submission:
    if (folder / DESCRIPTION).exists():
        raise BadSubmission(f"expected a folder without a {DESCRIPTION}, found one in {folder}")
    if not tasks:
        raise BadSubmission(f"{source}: expected a data set with at least one level")
    for task in tasks:
        with whole(folder / task.first_frame) as draft:
            draft.write_bytes(task.picture)
        (folder / task.films(1)[0]).parent.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "tasks.jsonl", "".join(task.line(samples) for task in tasks))
    some = tasks[0]
    told = README.format(
        several=", one for each sample" if samples > 1 else "",
        frames=some.n_frames,
        width=some.width,
        height=some.height,
        fps=some.fps,
        suffixes=", ".join(SUFFIXES),
        then=then,
    )
    write_whole(folder / "README.md", told)
    return write_submission(folder, meta)


def meta_of(dataset: Dataset, *, name: str, samples: int = 1) -> dict[str, Any]:
    """The least description of a submission to a data set, which it names by both of its hashes."""
    return {
        "schema_version": 1,
        "model": {"name": name},
        "dataset": {"levels_sha256": dataset.levels_sha256, "manifest_sha256": dataset.manifest_sha256},
    } | _several(samples)


def _several(samples: int) -> dict[str, int]:
    return {} if samples == 1 else {"samples": samples}


def tasks_of(dataset: Dataset) -> Iterator[Task]:
    """The tasks of a data set, in the order of its rows."""
    pictures = _pictures(dataset)
    for row, picture in zip(dataset.rows, pictures, strict=True):
        stem = film_name(parse_id(row.id)).removesuffix(".mp4")
        size = row.width, row.height, row.fps, row.n_frames
        yield Task(row.id, row.puzzle, stem, row.prompt, picture, *size)


def _pictures(dataset: Dataset) -> Iterator[bytes]:
    """The first frames of all rows, as PNG files, in the order of the rows."""
    for part in dict.fromkeys(f"{row.puzzle}/{row.split}" for row in dataset.rows):
        for told in read_rows(dataset.folder / part / "metadata.parquet", ["first_frame"]):
            yield bytes(told["first_frame"]["bytes"])


def _sealed_tasks(public: Path) -> Iterator[Task]:
    """The tasks of a sealed set, part by part; BadSeal where they cannot be read."""
    columns = ["name", "prompt", "first_frame", *SIZE]
    for part in read_manifest(public)["parts"]:
        if part not in PARTS:
            raise BadSeal(f"expected parts like maze/test, got {part!r:.80} in {public}")
        path = public / part / "metadata.parquet"
        try:
            for row in read_rows(path, columns):
                name = check_name(row["name"], path)
                picture, size = bytes(row["first_frame"]["bytes"]), [int(row[key]) for key in SIZE]
                yield Task(name, part.split("/")[0], name, str(row["prompt"]), picture, *size)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BadSeal(f"expected the rows of a sealed test set in {path}, got: {error!s:.100}") from None
