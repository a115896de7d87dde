"""Check a data set: every file against the manifest, every row against its id, every film by the judge."""

import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from puzzlereel import __version__
from puzzlereel.hub.build import BATCHES, OPTIONS, Progress
from puzzlereel.hub.dataset import MANIFEST, PARTS, BadDataset, film_name, read_manifest, sha256_of
from puzzlereel.hub.rows import Row
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import form_of, level_of, parse_id, split_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame, draw
from puzzlereel.renderers.layout import Canvas, layout_of
from puzzlereel.renderers.skins import skin_of
from puzzlereel.workers import spread

Judge: TypeAlias = Callable[[Path, str, str, str, str], str]
"""`judge(film, puzzle, level, skin, solution)`: why the film is refused; "" where it is accepted."""


class Group(NamedTuple):
    """Some rows of one part."""

    part: str
    number: int


def check(folder: Path, judge: Judge, *, workers: int = 1, progress: Progress | None = None) -> Iterator[str]:
    """What is wrong with a data set, a line each; BadDataset where there is none of this version."""
    manifest = read_manifest(folder)
    if manifest["benchmark_version"] != __version__:
        made = manifest["benchmark_version"]
        raise BadDataset(f"expected a data set of puzzlereel {__version__}, got one of {made} in {folder}")
    files = {name: digest for name, digest in manifest["files"].items() if isinstance(digest, str)}
    found = list(_groups(folder, manifest["parts"]))
    yield from (complaint for complaint in found if isinstance(complaint, str))
    yield from _files(folder, files)
    groups = [group for group in found if isinstance(group, Group)]
    seen = set[str]()
    for done, (group, answer) in enumerate(spread(partial(check_group, folder, judge, files), groups, workers), 1):
        complaints, names = answer or ([f"{group.part}: the worker that checked group {group.number} died, twice"], [])
        yield from complaints
        seen |= {f"{group.part}/videos/{film}" for film in names}
        if progress:
            progress(done, len(groups))
    films = {name for name in files if "/videos/" in name}
    yield from (f"{name}: the manifest names a film that no row has" for name in sorted(films - seen))


def _groups(folder: Path, parts: list[Any]) -> Iterator[Group | str]:
    """The groups of rows of all parts, or what is wrong with a part."""
    import pyarrow.parquet as parquet

    for part in parts:
        path = folder / str(part) / "metadata.parquet"
        if part not in PARTS:
            yield f"expected parts like maze/test, got {part!r} in {MANIFEST}"
            continue
        try:
            with parquet.ParquetFile(path) as file:
                yield from (Group(part, number) for number in range(file.num_row_groups))
        except (OSError, ValueError) as error:
            yield f"{part}/metadata.parquet: expected rows, got {str(error).splitlines()[0]}"


def _files(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """Which files are not what the manifest says, but for films, and which it does not name."""
    for name, digest in files.items():
        inside = (folder / name).resolve().is_relative_to(folder.resolve())
        if "/videos/" not in name and not (inside and (folder / name).is_file() and sha256_of(folder / name) == digest):
            yield f"{name}: expected the file that the manifest has the SHA-256 of"
    for part in PARTS:
        for path in sorted((folder / part).glob("**/*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name not in files:
                yield f"{name}: the manifest does not name it"
    if (folder / BATCHES).exists() or not (folder / OPTIONS).is_file():
        yield f"expected a finished build with its {OPTIONS}"


def check_group(folder: Path, judge: Judge, files: Mapping[str, str], group: Group) -> tuple[list[str], list[str]]:
    """What is wrong with some rows and their films, and the names of these."""
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(folder / group.part / "metadata.parquet") as file:
        rows = file.read_row_group(group.number).to_pylist()
    complaints, films = [], []
    for row in rows:
        try:
            films.append(film_name(parse_id(row["id"])))
            complaints += [
                f"{row['id']}: {complaint}" for complaint in check_row(folder, judge, files, group.part, row)
            ]
        except (PuzzlereelError, ValueError, KeyError, TypeError, AttributeError) as error:
            complaints.append(f"{row.get('id')}: {error}")
    return complaints, films


def check_row(folder: Path, judge: Judge, files: Mapping[str, str], part: str, row: Row) -> Iterator[str]:
    """What is wrong with one row and its film."""
    identity = parse_id(row["id"])
    puzzle, level = PUZZLES[identity.puzzle], level_of(identity)
    film = folder / part / "videos" / film_name(identity)
    expected = {
        "file_name": f"videos/{film.name}",
        "puzzle": identity.puzzle,
        "tier": identity.tier,
        "split": split_of(puzzle, level),
        "level": str(level),
        "form_sha256": hashlib.sha256(form_of(puzzle, level).encode()).hexdigest(),
        "generator_version": __version__,
    }
    yield from _differences(row, expected)
    if f"{identity.puzzle}/{identity.split}" != part:
        yield f"expected a level of {part}"
    digests = {row["video_sha256"], files.get(film.relative_to(folder).as_posix(), "")}
    if not film.is_file() or {sha256_of(film)} != digests:
        yield "expected the film that the manifest and the metadata have the SHA-256 of"
        return
    way, skin = puzzle.read_moves(level, row["solution"]), skin_of(puzzle.name, row["skin"])
    board, canvas = way.boards[0], Canvas(row["height"], row["width"])
    yield from _differences(row, {"moves": len(way.moves), "prompt": skin.prompt(puzzle.prompts, board, row["id"])})
    if not way.solved:
        yield "expected a solution, got moves that do not solve the level"
    frame = draw(board, skin, layout_of(board.shape, canvas, skin.rim.cells), *canvas)
    if not _shows(row["first_frame"]["bytes"], frame):
        yield "expected the first frame of its level, got another picture"
    if refused := judge(film, puzzle.name, str(level), row["skin"], row["solution"]):
        yield f"the judge refuses its film: {refused}"


def _differences(row: Row, expected: Mapping[str, Any]) -> Iterator[str]:
    """Which columns of a row are not what they should be."""
    yield from (
        f"expected {name} {value!r}, got {row[name]!r}" for name, value in expected.items() if row[name] != value
    )


def _shows(png: bytes, frame: Frame) -> bool:
    """Whether a PNG file is the picture of a frame."""
    from imageio import v3 as imageio

    try:
        return np.array_equal(imageio.imread(io.BytesIO(png), plugin="pillow", extension=".png"), frame)
    except (OSError, ValueError, SyntaxError):
        return False
