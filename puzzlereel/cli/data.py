"""`puzzlereel generate`."""

import hashlib
import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from puzzlereel.cli.films import SKIN, STYLE
from puzzlereel.cli.progress import progress_bar
from puzzlereel.puzzles.core import PuzzlereelError

WORKERS = min(8, os.cpu_count() or 1)
"""How many processes long work uses without being told."""
SHARD = re.compile(r"(0|[1-9][0-9]{0,8})/([1-9][0-9]{0,8})")
OURS, VBVR = "puzzlereel", "vbvr"
"""How films and questions may be laid out."""
MINI = 20
"""The levels of each puzzle and tier in the small fixed test set."""
AGAIN = "May be given again:"


def generate(
    out: Annotated[
        Path | None, typer.Option(help="The data set's folder: new, or begun with the same options.")
    ] = None,
    puzzle: Annotated[list[str] | None, typer.Option(help="May be given again; without it, all but extras.")] = None,
    tier: Annotated[list[str] | None, typer.Option(help="May be given again; easy, medium, hard without it.")] = None,
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    count: Annotated[int, typer.Option(min=1, help="Levels of each puzzle and tier.")] = 10,
    style: Annotated[list[str], typer.Option(help=f"{STYLE} {AGAIN} levels take turns.")] = ["hold"],  # noqa: B006
    skin: Annotated[list[str], typer.Option(help=f"{SKIN} Or all. {AGAIN} levels take turns.")] = ["classic"],  # noqa: B006
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Flows grow in any order, from either end.")] = False,
    frames: Annotated[int, typer.Option(min=1, help="The length of each film.")] = 81,
    fps: Annotated[int, typer.Option(min=1, max=240)] = 8,
    height: Annotated[int, typer.Option(min=2, max=2160)] = 480,
    width: Annotated[int, typer.Option(min=2, max=3840)] = 832,
    secret_file: Annotated[Path | None, typer.Option(help="A secret that the indices are drawn from, to seal.")] = None,
    layout: Annotated[str | None, typer.Option(help="Also write the tables of another layout: videorlvr.")] = None,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
    engine: Annotated[str, typer.Option(help="local: processes here; ray: a Ray cluster.")] = "local",
    shard: Annotated[str | None, typer.Option(help="Film this share only, as 0/8; finish without it.")] = None,
    mini: Annotated[bool, typer.Option("--mini", help="The small fixed test set: 60 levels of each puzzle.")] = False,
    check: Annotated[Path | None, typer.Option(help="Check this data set instead, film by film.")] = None,
) -> None:
    """Generate a data set: levels, first frames, prompts, and films of the solutions.

    The same options give the same levels and films. A build that was stopped goes on when the command is given again.
    --mini has the first 20 test levels of each puzzle in easy, medium and hard, and says how exact a score on them is.

    \b
    Example: puzzlereel generate --out data --split test --count 100 --workers 2
    Example: puzzlereel generate --out mazes --puzzle maze --tier easy --split train --count 1000 --skin all
    Example: puzzlereel generate --out mini --mini
    Example: puzzlereel generate --check data
    """
    if (out is None) == (check is None):
        raise typer.BadParameter("expected either --out DIR or --check DIR")
    if check is not None:
        raise typer.Exit(_check(check, workers))
    from puzzlereel.hub.options import Options

    if mini and (puzzle or tier or secret_file or (split, count) != (Options.split, Options.count)):
        raise typer.BadParameter("expected --mini without --puzzle, --tier, --split, --count and --secret-file")
    secret = secret_file.read_bytes().strip() if secret_file else b""
    options = Options(
        puzzles=_each(puzzle) or Options.puzzles,
        tiers=_each(tier) or Options.tiers,
        split=split,
        count=MINI if mini else count,
        skins=_each(skin),
        styles=_each(style),
        shuffled=shuffle,
        height=height,
        width=width,
        frames=frames,
        fps=fps,
        secret_sha256=hashlib.sha256(secret).hexdigest() if secret_file else "",
    )
    assert out is not None
    _build(out, options, layout, secret=secret, workers=workers, engine=engine, shard=shard_of(shard))
    if mini:
        typer.echo(exactness(MINI * len(options.tiers), len(options.puzzles)))


def exactness(levels: int, puzzles: int) -> str:
    """How exact a score on so many levels of each of so many puzzles is, in words: at a half, where it is least so."""
    from puzzlereel.leaderboard.stats import macro_rate, rate

    one = rate(levels // 2, levels)
    mean = macro_rate([one] * puzzles)
    return (
        f"{levels} levels a puzzle: success is known to within {100 * (one.high - one.low) / 2:.0f} points in a puzzle"
        f" and {100 * (mean.high - mean.low) / 2:.0f} in the mean of {puzzles}, at 95 %; less near 0 and 1"
    )


def _build(out: Path, options: Any, layout: str | None, **how: Any) -> None:
    """Build the data set, write another layout of it where that is asked for, and say what there is."""
    from puzzlereel.hub.build import build
    from puzzlereel.hub.dataset import MANIFEST, sha256_of
    from puzzlereel.hub.export import export

    if layout not in (None, BESIDE):
        raise typer.BadParameter(f"expected --layout {BESIDE}, got {layout!r}; puzzlereel export writes the others")
    with progress_bar("levels") as progress:
        levels = build(out, options, progress=progress, **how)
    if levels is None:
        share = how["shard"]
        typer.echo(f"{out}: share {share.number} of {share.of} is filmed; finish with the same command without --shard")
        return
    if layout:
        export(out, out, layout)
    typer.echo(f"{out}: {levels} levels, manifest {sha256_of(out / MANIFEST)}")


BESIDE = "videorlvr"
"""The layout that can stand beside the data set's own, in one folder."""


def check_layout(name: str) -> str:
    """The name of a layout of films and questions; PuzzlereelError where it is none."""
    if name not in (OURS, VBVR):
        raise PuzzlereelError(f"expected a layout of {OURS} or {VBVR}, got {name!r}")
    return name


def shard_of(text: str | None) -> Any:
    """The share of the work that a text like 3/8 names: 0 to 7 of 8."""
    if text is None:
        return None
    from puzzlereel.hub.build import Shard

    match = SHARD.fullmatch(text)
    if match is None or int(match[1]) >= int(match[2]):
        raise typer.BadParameter(f"expected --shard i/n with i from 0 to n-1, got {text!r}")
    return Shard(int(match[1]), int(match[2]))


def _check(folder: Path, workers: int) -> int:
    """Tell what is wrong with a data set; 0 where nothing is."""
    from puzzlereel.hub.check import check
    from puzzlereel.hub.dataset import MANIFEST, read_manifest, sha256_of

    complaints = 0
    with progress_bar("rows, in hundreds") as progress:
        for complaint in check(folder, refusal, workers=workers, progress=progress):
            complaints += 1
            typer.echo(complaint)
    if complaints:
        typer.echo(f"{folder}: not right, {complaints} complaints")
        return 1
    levels = read_manifest(folder).get("levels")
    typer.echo(f"{folder}: {levels} levels and their films are right, manifest {sha256_of(folder / MANIFEST)}")
    return 0


def refusal(film: Path, puzzle: str, level: str, skin: str, solution: str) -> str:
    """Why the judge refuses the film of a level, or finds another solution in it; "" where it does neither."""
    from puzzlereel.verifiers.judge import judge_file

    verdict = judge_file(film, puzzle, level, skin, solution)
    if verdict.fault is not None:
        return verdict.fault.sentence
    return "" if verdict.metrics and verdict.metrics["f1"] == 1 else "it shows another solution"


def _each(names: list[str] | None) -> tuple[str, ...]:
    """Each name once, in the order given."""
    return tuple(dict.fromkeys(names or ()))
