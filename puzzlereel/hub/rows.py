"""One level of a data set: its film, and the row of metadata that tells all about it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from puzzlereel import __version__
from puzzlereel.files import whole
from puzzlereel.hub.dataset import BadDataset, film_name, sha256_of
from puzzlereel.hub.options import Options
from puzzlereel.puzzles.core import Trajectory
from puzzlereel.puzzles.ids import LevelId, form_of, level_of, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import shoot
from puzzlereel.renderers.layout import check_for_codec
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import png_of, write_shots

Record: TypeAlias = dict[str, Any]
"""A row of a file as it is written and read, by column: `dataset.Row` and more."""
NUMBERS = ("moves", "width", "height", "fps", "n_frames")
"""The columns of 32-bit integers; `first_frame` is a picture, and all others are text."""
GROUP = 100
"""The rows that a reader has to take at once: a viewer that shows some pays for no more."""


def film_of(folder: Path, identity: LevelId) -> Path:
    """Where the film of a level is, in a data set's folder."""
    return folder / identity.puzzle / identity.split / "videos" / film_name(identity)


def told(options: Options, identity: LevelId) -> Trajectory:
    """The solution as it is filmed: the reference one, or another order of its moves where the options say so."""
    trajectory, puzzle = solution_of(identity).trajectory, PUZZLES[identity.puzzle]
    if trajectory is None:
        raise BadDataset(f"expected a solvable level, got {identity}")
    return puzzle.retell(trajectory, Random(f"{identity} retold")) if options.shuffled and puzzle.retell else trajectory


def make_level(out: Path, options: Options, identity: LevelId) -> Record:
    """Film one level into the data set's folder, unless that was done before; its row of metadata."""
    puzzle, trajectory = PUZZLES[identity.puzzle], told(options, identity)
    skin, style, board = (
        skin_of(puzzle.name, options.skin_for(identity)),
        options.style_for(identity),
        trajectory.boards[0],
    )
    check_for_codec(board.shape, options.canvas, skin.rim.cells)
    shots = shoot(trajectory.boards, skin, timing=options.timing, style=style, canvas=options.canvas)
    first = next(shots)
    picture, path = png_of(first.frame), film_of(out, identity)
    if not path.exists():
        write_shots(path, chain((first,), shots), options.canvas, fps=options.fps)
    level = level_of(identity)
    return {
        "file_name": f"videos/{film_name(identity)}",
        "id": str(identity),
        "puzzle": identity.puzzle,
        "tier": identity.tier,
        "split": identity.split,
        "prompt": skin.prompt(puzzle.prompts, board, str(identity)),
        "level": str(level),
        "solution": puzzle.write_moves(trajectory),
        "moves": len(trajectory.moves),
        "skin": skin.name,
        "style": style,
        "width": options.width,
        "height": options.height,
        "fps": options.fps,
        "n_frames": options.frames,
        "first_frame": {"bytes": picture, "path": None},
        "form_sha256": hashlib.sha256(form_of(puzzle, level).encode()).hexdigest(),
        "video_sha256": sha256_of(path),
        "generator_version": __version__,
    }


def write_rows(path: Path, rows: Iterable[Record], columns: Sequence[str]) -> None:
    """Write a stream of rows to a parquet file whose schema tells the Hub's loader that `first_frame` is a picture."""
    import pyarrow
    import pyarrow.parquet as parquet

    types = {name: pyarrow.int32() if name in NUMBERS else pyarrow.string() for name in columns}
    types["first_frame"] = pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})
    features: dict[str, Any] = {
        name: {"dtype": "int32" if name in NUMBERS else "string", "_type": "Value"} for name in types
    }
    features["first_frame"] = {"_type": "Image"}
    schema = pyarrow.schema(types, metadata={"huggingface": json.dumps({"info": {"features": features}})})
    with whole(path) as draft, parquet.ParquetWriter(draft, schema) as writer:
        group: list[Record] = []
        for row in rows:
            group.append(row)
            if len(group) == GROUP:
                writer.write_table(pyarrow.Table.from_pylist(group, schema))
                group = []
        if group:
            writer.write_table(pyarrow.Table.from_pylist(group, schema))


def read_rows(path: Path, columns: Sequence[str] | None = None) -> Iterator[Record]:
    """The rows of such a file, a group at a time."""
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(path) as file:
        for number in range(file.num_row_groups):
            yield from file.read_row_group(number, columns=columns).to_pylist()
