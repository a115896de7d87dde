"""`puzzlereel film` and `puzzlereel verify`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from puzzlereel.cli.source import NoSuchSource, Source, source_of
from puzzlereel.files import whole
from puzzlereel.puzzles.core import Trajectory

STYLE = "hold: states jump; slide: things glide; fade: they dissolve."
SKIN = "A look, as puzzlereel gallery shows them; and +frame, +coordinates, +untrailed after its name."
SKIN_OR_FILE = f"{SKIN} Or FILE.json, a skin of your own."
GIVEN = "file"
"""What `--moves` says for the solution that the level file gives."""


def film(
    source: Annotated[str, typer.Argument(help="A level id, a file with one level, or FILE#TITLE.")],
    out: Annotated[Path, typer.Option(help="The MP4 file to write.")] = Path("film.mp4"),
    first_frame: Annotated[Path | None, typer.Option(help="Also write the first frame, as a PNG file.")] = None,
    style: Annotated[str, typer.Option(help=STYLE)] = "hold",
    skin: Annotated[str, typer.Option(help=SKIN_OR_FILE)] = "classic",
    frames: Annotated[int, typer.Option(min=1, help="The length of the film; video models like 4k+1.")] = 81,
    fps: Annotated[int, typer.Option(min=1, max=240)] = 8,
    height: Annotated[int, typer.Option(min=2, max=2160)] = 480,
    width: Annotated[int, typer.Option(min=2, max=3840)] = 832,
    moves: Annotated[str | None, typer.Option(help=f"Film these, or the solution in the level file: {GIVEN}.")] = None,
    puzzle: Annotated[str | None, typer.Option(help="The puzzle of the file; guessed without it.")] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for the solver.")] = 60.0,
) -> None:
    """Film the solution of a level, or moves of your own: they must be lawful, and need not solve it.

    Moves of Sokoban and mazes are letters, with run lengths if you like: 3r(2U). Those of FlowFree are words: b0,1.
    docs/importing.md tells how a skin file is written; `generate` takes none, since a set names looks that all have.

    \b
    Example: puzzlereel film maze/hard/test/5 --style slide --out maze.mp4 --first-frame maze.png
    Example: puzzlereel film microban.xsb#1 --frames 161
    Example: puzzlereel film microban.xsb#2 --moves rddLruulDuullddR
    """
    from puzzlereel.renderers.film import Timing
    from puzzlereel.renderers.film import film as film_of
    from puzzlereel.renderers.layout import Canvas, check_for_codec
    from puzzlereel.renderers.skins.file import skin_told
    from puzzlereel.renderers.video import png_of, write_video

    found = source_of(source, puzzle=puzzle)
    for path, suffix in ((out, ".mp4"), (first_frame, ".png")):
        if path is not None and path.suffix != suffix:
            raise NoSuchSource(f"expected a name in {suffix}, got {str(path)!r}")
    way = _way(found, source, moves, time_limit)
    timing, canvas = Timing(frames=frames, fps=fps), Canvas(height, width)
    timing.hold(len(way.moves) + 1)
    looks = skin_told(found.puzzle.name, skin)
    check_for_codec(way.boards[0].shape, canvas, looks.rim.cells)
    video = film_of(way, looks, timing=timing, style=style, canvas=canvas)
    write_video(out, video, fps=fps)
    if first_frame:
        with whole(first_frame) as draft:
            draft.write_bytes(png_of(video[0]))
    ending = "" if way.solved else ", which do not solve the level"
    typer.echo(f"{out}: {len(way.moves)} moves in {frames} frames of {height}x{width}{ending}")


def _way(found: Source, source: str, moves: str | None, time_limit: float) -> Trajectory:
    """What is filmed of a level: the moves that were given, or the solver's; NoSuchSource where there are none."""
    if moves is not None:
        told = found.solution if moves == GIVEN else moves
        if told is None:
            raise NoSuchSource(f"expected a solution below the level, found none in {source}")
        return found.puzzle.read_moves(found.level, told)
    solution = found.puzzle.solve(found.level, seconds=time_limit)
    if solution.trajectory is None:
        outcome = solution.outcome.value.replace("_", " ")
        raise NoSuchSource(f"expected a level with a solution, got {source}: {outcome}")
    return solution.trajectory


def verify(
    video: Annotated[Path, typer.Argument(help="The film to judge.")],
    level: Annotated[str, typer.Option(help="What it should solve: an id, a file with one level, or FILE#TITLE.")],
    skin: Annotated[str, typer.Option(help=SKIN_OR_FILE)] = "classic",
    puzzle: Annotated[str | None, typer.Option(help="The puzzle of the file; guessed without it.")] = None,
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds for the reference solution.")] = 60.0,
    every: Annotated[bool, typer.Option("--all", help="Tell every fault, not the first alone.")] = False,
    explain: Annotated[Path | None, typer.Option(help="Also write a .png or .mp4 that shows why.")] = None,
    reward: Annotated[str | None, typer.Option(help="Also tell the reward: ours, paper, released, sparse.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The verdict as one object.")] = False,
) -> None:
    """Judge a film by the rules of its level.

    Exit status 0: solved lawfully. 1: wrong, or it could not be judged. 2: no such film or level, or a file that is no
    film. Precision, recall and F1 are told where the solver finds the reference solution within its time.

    \b
    Example: puzzlereel verify film.mp4 --level maze/hard/test/5
    Example: puzzlereel verify film.mp4 --level microban.xsb#1 --json
    """
    from puzzlereel.cli.explain import check_options, rewards, write_explanation
    from puzzlereel.verifiers.children import warm

    warm()  # beside what comes now
    from puzzlereel.renderers.skins.file import skin_told
    from puzzlereel.verifiers.apart import Film, judge_apart

    check_options(explain, reward)
    found = source_of(level, puzzle=puzzle)
    looks = skin_told(found.puzzle.name, skin)
    solution = found.puzzle.solve(found.level, seconds=time_limit).trajectory
    verdict = judge_apart(Film(video, found.level, looks, solution))
    earned = rewards(verdict, reward)
    if explain is not None:
        write_explanation(explain, video, found.level, looks, verdict=verdict, every=every)
    faults = [fault.json() for fault in verdict.faults]
    if as_json:
        typer.echo(json.dumps(verdict.json() | ({"faults": faults} if every else {}) | earned))
    else:
        typer.echo("solved lawfully" if verdict.success else "could not be judged" if not verdict.judged else "refused")
        for fault in verdict.faults if every else verdict.faults[:1]:
            typer.echo(f"  {fault.sentence}")
        numbers = {**verdict.parts, **(verdict.metrics or {}), **earned}
        typer.echo("  " + "  ".join(f"{name} {value:.2f}" for name, value in numbers.items()))
    raise typer.Exit(0 if verdict.success else 1)
