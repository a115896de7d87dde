"""Build a data set: levels, films, first frames, metadata, manifest, card.

Films appear whole or not at all, and the options are written down first, so that the same command goes on where a build
was stopped; a folder that was begun with other options or by another version is refused.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from puzzlereel import __version__
from puzzlereel.hub.card import card_of
from puzzlereel.hub.dataset import MANIFEST, PARTS, SCHEMA_VERSION, BadDataset, film_name, read_manifest, sha256_of
from puzzlereel.puzzles.ids import LevelId, check_names, form_of, level_of, solution_of
from puzzlereel.puzzles.registry import PUZZLES
from puzzlereel.renderers.film import MOST_FRAMES, STYLES, Timing, film
from puzzlereel.renderers.layout import Canvas, check_for_codec
from puzzlereel.renderers.skins import DEFAULT, skin_of
from puzzlereel.renderers.video import png_of, write_video
from puzzlereel.workers import spread

Progress = Callable[[int, int], None]
Kind: TypeAlias = tuple[str, str]
"""A puzzle and a tier."""
OPTIONS = "build.json"
FILM = re.compile(r"[a-z]+/[a-z]+/videos/[a-z0-9-]+\.mp4", re.ASCII)
"""What the name of a film in a manifest looks like."""
MOST_REPEATS = 20
"""A part is given up when so many levels are repeats for each one that was wanted."""


@dataclass(frozen=True)
class Options:
    """What a data set holds."""

    puzzles: tuple[str, ...] = tuple(PUZZLES)
    tiers: tuple[str, ...] = ("easy", "medium", "hard")
    split: str = "test"
    count: int = 10
    """The number of levels of each puzzle and tier."""
    skin: str = DEFAULT
    style: str = "hold"
    height: int = 480
    width: int = 832
    frames: int = 81
    fps: int = 8

    @property
    def kinds(self) -> list[Kind]:
        return [(puzzle, tier) for puzzle in self.puzzles for tier in self.tiers]

    @property
    def timing(self) -> Timing:
        return Timing(frames=self.frames, fps=self.fps)


def build(out: Path, options: Options, *, workers: int = 1, progress: Progress | None = None) -> Path:
    """Build the data set in a folder, or go on with it; the path of its manifest."""
    _begin(out, options)
    made: dict[LevelId, dict[str, Any]] = {}
    while missing := [identity for kind in options.kinds for identity in _missing(kind, options, made)]:
        total = len(made) + len(missing)
        for identity, row in spread(partial(make_level, out, options), missing, workers):
            if row is None:
                raise BadDataset(f"the worker that filmed {identity} died, twice; the same command goes on from there")
            made[identity] = row
            if progress:
                progress(len(made), total)
    parts: dict[str, list[dict[str, Any]]] = {}
    repeats: dict[str, int] = {}
    for puzzle, tier in options.kinds:
        rows = _distinct((puzzle, tier), made)
        parts.setdefault(f"{puzzle}/{options.split}", []).extend(rows)
        repeats[f"{puzzle}/{tier}/{options.split}"] = len(_tried((puzzle, tier), made)) - len(rows)
    for part, rows in parts.items():
        _write_metadata(out / part / "metadata.parquet", rows)
    return _finish(out, options, parts, repeats)


def _begin(out: Path, options: Options) -> None:
    """Write the options down; BadDataset where they cannot be, or the folder holds something else."""
    _check(options)
    begun = out / OPTIONS
    wanted = {"benchmark_version": __version__, **json.loads(json.dumps(asdict(options)))}
    if begun.exists() and any(out.glob("*/*/videos/*.mp4")):
        was = _options_of(begun)
        if differing := [name for name in wanted if was.get(name) != wanted[name]]:
            name = differing[0]
            raise BadDataset(f"expected the {name} {was.get(name)!r} with which {out} was begun, got {wanted[name]!r}")
    elif not begun.exists() and out.is_dir() and any(out.iterdir()):
        raise BadDataset(f"expected an empty folder or a data set, found other files in {out}")
    _drop_damaged(out)
    for puzzle in options.puzzles:
        (out / puzzle / options.split / "videos").mkdir(parents=True, exist_ok=True)
    unfinished = begun.with_name(f".{begun.name}.part")
    unfinished.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8", newline="\n")
    unfinished.replace(begun)


def _options_of(begun: Path) -> dict[str, Any]:
    """The options that a build was begun with."""
    try:
        return dict(json.loads(begun.read_text(encoding="utf-8")))
    except (ValueError, TypeError, RecursionError):
        raise BadDataset(f"expected the options of a build, got something else in {begun}") from None


def _check(options: Options) -> None:
    """Refuse at once what no level could be filmed with."""
    for puzzle, tier in options.kinds:
        check_names(puzzle, tier, options.split, given=f"{puzzle}/{tier}/{options.split}")
    for puzzle in options.puzzles:
        skin_of(puzzle, options.skin)
    if options.style not in STYLES:
        raise BadDataset(f"expected a style of {', '.join(STYLES)}, got {options.style!r}")
    if options.height % 2 or options.width % 2:
        raise BadDataset(f"expected an even height and width for H.264, got {options.height}x{options.width}")
    if options.frames > MOST_FRAMES:
        raise BadDataset(f"expected at most {MOST_FRAMES} frames, got {options.frames}")


def _drop_damaged(out: Path) -> None:
    """Take away the films of a finished data set that are not what its manifest says, so that they are made again."""
    if (out / MANIFEST).is_file():
        for name, digest in read_manifest(out)["files"].items():
            path = out / name
            if FILM.fullmatch(name) and path.is_file() and sha256_of(path) != digest:
                path.unlink()


def _tried(kind: Kind, made: Mapping[LevelId, dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a puzzle and tier, in the order of their indices."""
    ours = [identity for identity in made if (identity.puzzle, identity.tier) == kind]
    return [made[identity] for identity in sorted(ours, key=lambda identity: identity.index)]


def _distinct(kind: Kind, made: Mapping[LevelId, dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a puzzle and tier without those whose form came before."""
    rows: dict[str, dict[str, Any]] = {}
    for row in _tried(kind, made):
        rows.setdefault(row["form_sha256"], row)
    return list(rows.values())


def _missing(kind: Kind, options: Options, made: Mapping[LevelId, dict[str, Any]]) -> list[LevelId]:
    """The next levels to make, as many as there are too few different ones."""
    tried, distinct = len(_tried(kind, made)), len(_distinct(kind, made))
    if distinct < options.count and tried > MOST_REPEATS * options.count + 100:
        raise BadDataset(f"expected {options.count} different {' '.join(kind)} levels, found {distinct} in {tried}")
    return [LevelId(*kind, options.split, tried + more) for more in range(options.count - distinct)]


def make_level(out: Path, options: Options, identity: LevelId) -> dict[str, Any]:
    """Film one level into the data set's folder, unless that was done before; its row of metadata."""
    puzzle = PUZZLES[identity.puzzle]
    level, trajectory = level_of(identity), solution_of(identity).trajectory
    if trajectory is None:
        raise BadDataset(f"expected a solvable level, got {identity}")
    skin, canvas = skin_of(identity.puzzle, options.skin), Canvas(options.height, options.width)
    check_for_codec(trajectory.boards[0].shape, canvas, skin.rim.cells)
    video = film(trajectory, skin, timing=options.timing, style=options.style, canvas=canvas)
    path = out / identity.puzzle / identity.split / "videos" / film_name(identity)
    if not path.exists():
        write_video(path, video, fps=options.fps)
    return {
        "file_name": f"videos/{film_name(identity)}",
        "id": str(identity),
        "puzzle": identity.puzzle,
        "tier": identity.tier,
        "split": identity.split,
        "prompt": skin.prompt(puzzle.prompts, trajectory.boards[0], str(identity)),
        "level": str(level),
        "solution": puzzle.write_moves(trajectory),
        "moves": len(trajectory.moves),
        "skin": options.skin,
        "style": options.style,
        "width": options.width,
        "height": options.height,
        "fps": options.fps,
        "n_frames": options.frames,
        "first_frame": {"bytes": png_of(video[0]), "path": None},
        "form_sha256": hashlib.sha256(form_of(puzzle, level).encode()).hexdigest(),
        "video_sha256": sha256_of(path),
        "generator_version": __version__,
    }


NUMBERS = ("moves", "width", "height", "fps", "n_frames")


def _write_metadata(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """One parquet file whose schema tells the Hub's loader that `first_frame` is a picture."""
    import pyarrow
    import pyarrow.parquet as parquet

    types = {name: pyarrow.int32() if name in NUMBERS else pyarrow.string() for name in rows[0]}
    types["first_frame"] = pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})
    features: dict[str, Any] = {
        name: {"dtype": "int32" if name in NUMBERS else "string", "_type": "Value"} for name in types
    }
    features["first_frame"] = {"_type": "Image"}
    schema = pyarrow.schema(types, metadata={"huggingface": json.dumps({"info": {"features": features}})})
    unfinished = path.with_name(f".{path.name}.part")
    parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema), unfinished)
    unfinished.replace(path)


def _finish(out: Path, options: Options, parts: dict[str, list[dict[str, Any]]], repeats: dict[str, int]) -> Path:
    """Drop the films of repeats, write the card, and last the manifest."""
    kept = {f"{part}/{row['file_name']}" for part, rows in parts.items() for row in rows}
    for part in parts:
        for path in (out / part / "videos").iterdir():
            if path.relative_to(out).as_posix() not in kept:
                path.unlink()
    (out / "README.md").write_text(card_of(asdict(options), parts, repeats), encoding="utf-8", newline="\n")
    names = sorted(kept | {f"{part}/metadata.parquet" for part in parts} | {"README.md"})
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "benchmark_version": __version__,
        "options": asdict(options),
        "parts": [part for part in PARTS if part in parts],
        "repeats_dropped": repeats,
        "files": {name: sha256_of(out / name) for name in names},
    }
    path = out / MANIFEST
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8", newline="\n")
    return path
