"""Check a data set: every file against the manifest, every row against its id, every film by the judge."""

import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from puzzlereel import __version__
from puzzlereel.hub.build import BATCHES, told_of
from puzzlereel.hub.dataset import MANIFEST, PARTS, BadDataset, Progress, film_name, manifest_of_this_version, sha256_of
from puzzlereel.hub.options import Options, check_options
from puzzlereel.hub.rows import Record, read_rows
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.puzzles.ids import form_of, level_of, parse_id, split_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.draw import Frame, draw
from puzzlereel.renderers.layout import layout_of
from puzzlereel.renderers.skins import skin_of
from puzzlereel.renderers.video import Told, told_by
from puzzlereel.workers import spread

Judge: TypeAlias = Callable[[Path, str, str, str, str], str]
"""`judge(film, puzzle, level, skin, solution)`: why the film is refused; "" where it is accepted."""


class Group(NamedTuple):
    """Some rows of one part."""

    part: str
    number: int


class Checked(NamedTuple):
    """What was found in a group."""

    complaints: list[str]
    films: dict[str, str]
    """The SHA-256 of its films, as the rows have them, by name."""
    forms: list[str]


def check(folder: Path, judge: Judge, *, workers: int = 1, progress: Progress | None = None) -> Iterator[str]:
    """What is wrong with a data set, a line each; BadDataset where there is none of this version."""
    manifest = manifest_of_this_version(folder)
    options = _options(manifest, folder)
    found = list(_groups(folder, manifest["parts"]))
    yield from (complaint for complaint in found if isinstance(complaint, str))
    yield from _files(folder, manifest["files"])
    groups = [group for group in found if isinstance(group, Group)]
    films, rows, forms = dict[str, str](), 0, set[bytes]()
    for done, (group, answer) in enumerate(spread(partial(check_group, folder, judge, options), groups, workers), 1):
        if answer is None:
            yield f"{group.part}: the worker that checked group {group.number} died, twice"
            continue
        yield from answer.complaints
        rows += len(answer.forms)
        films |= answer.films
        forms |= {bytes.fromhex(form)[:16] for form in answer.forms}
        if progress:
            progress(done, len(groups))
    named = {name: digest for name, digest in manifest["files"].items() if "/videos/" in name}
    yield from (f"{name}: the manifest names a film that no row has" for name in sorted(named.keys() - films.keys()))
    yield from (f"{name}: the manifest has another SHA-256" for name in sorted(films) if named.get(name) != films[name])
    if not rows == len(films) == len(forms) == manifest.get("levels") == options.count * len(options.kinds):
        yield f"expected {manifest.get('levels')} different levels, {options.count} of each kind, got {rows} rows" + (
            f" with {len(films)} films and {len(forms)} forms"
        )
    if not [one for one in found if isinstance(one, str)] and _levels(folder, options) != manifest.get("levels_sha256"):
        yield "expected the rows that the manifest has the levels_sha256 of"


def _options(manifest: Mapping[str, Any], folder: Path) -> Options:
    """The options of a data set; BadDataset where they are none."""
    told = manifest.get("options")
    names = {field.name for field in fields(Options)}
    if not isinstance(told, dict) or told.keys() != names:
        raise BadDataset(f"expected the options {', '.join(sorted(names))} in {folder / MANIFEST}, got others")
    known: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in told.items()}
    try:
        options = Options(**known)
        check_options(options)
    except (TypeError, AttributeError, ValueError) as error:
        raise BadDataset(f"expected the options of a data set, got {error} in {folder / MANIFEST}") from None
    return options


def _levels(folder: Path, options: Options) -> str:
    """The SHA-256 over all rows but for what encoders made of them."""
    digest = hashlib.sha256()
    for puzzle in options.puzzles:
        path = folder / puzzle / options.split / "metadata.parquet"
        for row in read_rows(path) if path.is_file() else ():
            digest.update(told_of(row))
    return digest.hexdigest()


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


NAME = re.compile(r"README\.md|card/[a-z]+\.png|[a-z]+/[a-z]+/(?:metadata\.parquet|videos/[a-z0-9-]+\.mp4)", re.ASCII)
"""What the names of a manifest look like."""


def _files(folder: Path, files: Mapping[str, Any]) -> Iterator[str]:
    """Which files are not what the manifest says, but for films, and which it does not name."""
    for name, digest in files.items():
        if not NAME.fullmatch(name):
            yield f"{name!a}: the manifest names what is no part of a data set"
        elif "/videos/" not in name and not ((folder / name).is_file() and sha256_of(folder / name) == digest):
            yield f"{name}: expected the file that the manifest has the SHA-256 of"
    for part in PARTS:
        for path in sorted((folder / part).glob("**/*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name not in files:
                yield f"{ascii(name)[1:-1]}: the manifest does not name it"
    if (folder / BATCHES).exists():
        yield f"expected a finished build, found the folder {BATCHES} of one that was stopped"


def check_group(folder: Path, judge: Judge, options: Options, group: Group) -> Checked:
    """What is wrong with some rows and their films."""
    import pyarrow.parquet as parquet

    with parquet.ParquetFile(folder / group.part / "metadata.parquet") as file:
        rows = file.read_row_group(group.number).to_pylist()
    checked = Checked([], {}, [])
    for row in rows:
        try:
            checked.films[f"{group.part}/videos/{film_name(parse_id(row['id']))}"] = row["video_sha256"]
            bytes.fromhex(row["form_sha256"])
            checked.forms.append(row["form_sha256"])
            found = check_row(folder, judge, options, group.part, row)
            checked.complaints.extend(f"{row['id']}: {complaint}" for complaint in found)
        except KeyError as error:
            checked.complaints.append(f"{row.get('id')}: expected a column {error}")
        except (PuzzlereelError, ValueError, TypeError, AttributeError) as error:
            checked.complaints.append(f"{row.get('id')}: {error}")
    return checked


def check_row(folder: Path, judge: Judge, options: Options, part: str, row: Record) -> Iterator[str]:
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
        "skin": options.skin_for(identity),
        "style": options.style_for(identity),
        "width": options.width,
        "height": options.height,
        "fps": options.fps,
        "n_frames": options.frames,
    }
    yield from _differences(row, expected)
    if f"{identity.puzzle}/{identity.split}" != part:
        yield f"expected a level of {part}"
    if not film.is_file() or sha256_of(film) != row["video_sha256"]:
        yield "expected the film that the metadata has the SHA-256 of"
        return
    if (wanted := Told(options.frames, *options.canvas, options.fps)) != (got := told_by(film)):
        yield f"expected a film of {tuple(wanted)} frames, height, width and fps, got {tuple(got)}"
    way, skin = puzzle.read_moves(level, row["solution"]), skin_of(puzzle.name, row["skin"])
    board, canvas = way.boards[0], options.canvas
    yield from _differences(row, {"moves": len(way.moves), "prompt": skin.prompt(puzzle.prompts, board, row["id"])})
    if not way.solved:
        yield "expected a solution, got moves that do not solve the level"
    frame = draw(board, skin, layout_of(board.shape, canvas, skin.rim.cells), *canvas)
    if not _shows(row["first_frame"]["bytes"], frame):
        yield "expected the first frame of its level, got another picture"
    if refused := judge(film, puzzle.name, str(level), row["skin"], row["solution"]):
        yield f"the judge refuses its film: {refused}"


def _differences(row: Record, expected: Mapping[str, Any]) -> Iterator[str]:
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
