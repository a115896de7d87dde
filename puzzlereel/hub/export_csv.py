"""The layout of VideoRLVR's data set, which DiffSynth-Studio's trainers read.

OUT/<split>/metadata_<puzzle>.csv    video,prompt,input_image; the two files as the trainer finds them from OUT/<split>
OUT/<split>/metadata_all.csv         the rows of every puzzle, one puzzle after the other
OUT/<split>/<puzzle>/<name>.mp4      the film: the data set's own file under a second name, or a copy of it
OUT/<split>/<puzzle>/<name>.png      the first frame

`--dataset_base_path OUT/train --dataset_metadata_path OUT/train/metadata_maze.csv` is what such a trainer is given. No
puzzle is called like a split, so all of it can stand in the data set's own folder beside `<puzzle>/<split>`.
"""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from puzzlereel.files import whole
from puzzlereel.hub.dataset import sha256_of
from puzzlereel.hub.export_entries import Entry, Part, Source, entries_of, film_of
from puzzlereel.hub.export_files import Report
from puzzlereel.puzzles.ids import SPLITS

COLUMNS = ("video", "prompt", "input_image")


def write_csvs(source: Source, out: Path, report: Report) -> None:
    """Write the layout into a folder; a file that is there already is looked at, and kept where it is right."""
    for split in SPLITS:
        if parts := [part for part in source.parts if part.split == split]:
            every = out / split / "metadata_all.csv"
            with _table(every) as rows:
                for part in parts:
                    _write_part(part, out, rows, report)
            report.file(every)


def _write_part(part: Part, out: Path, every: Any, report: Report) -> None:
    """The films, first frames and table of one puzzle and split; its rows go into the table of every puzzle too."""
    own = out / part.split / f"metadata_{part.puzzle}.csv"
    with _table(own) as rows:
        for entry in entries_of(part):
            film, frame = f"{part.puzzle}/{entry.name}.mp4", f"{part.puzzle}/{entry.name}.png"
            _put_film(entry, out / part.split / film)
            _put(entry.first_frame, out / part.split / frame)
            for table in (rows, every):
                table.writerow((film, entry.prompt, frame))
            report.file(out / part.split / film, entry.video_sha256)
            report.file(out / part.split / frame)
            report.level()
    report.file(own)


@contextmanager
def _table(path: Path) -> Iterator[Any]:
    """The writer of a CSV file with our columns, which is there when all rows are."""
    with whole(path, alone=True) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        yield writer


def _put_film(entry: Entry, path: Path) -> None:
    """Give the film a second name, or copy it where the file system has one name a file."""
    content = film_of(entry)
    if path.is_file() and (path.samefile(entry.film) or sha256_of(path) == entry.video_sha256):
        return
    with whole(path, alone=True) as unfinished:
        try:
            os.link(entry.film.resolve(), unfinished)
        except OSError:
            unfinished.write_bytes(content)


def _put(content: bytes, path: Path) -> None:
    if not path.is_file() or path.read_bytes() != content:
        with whole(path, alone=True) as unfinished:
            unfinished.write_bytes(content)
