"""`puzzlereel bench rl` and `puzzlereel bench esf`."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

bench = typer.Typer(
    rich_markup_mode=None,
    help="""Measure how the baseline learns, and what it costs.

    \b
    Example: puzzlereel bench rl --out runs/rl
    Example: puzzlereel bench esf runs/sft --out runs/esf
    """,
)
OUT = Annotated[Path, typer.Option(help="A new folder, or one begun by the same command, which goes on.")]


@bench.command()
def rl(
    out: OUT,
    pages: Annotated[Path | None, typer.Option(help="Where rl.json, rl.png and rl.md go; OUT without it.")] = None,
    puzzle: Annotated[str, typer.Option(help="A puzzle with levels of the tier `tiny`.")] = "maze",
    seeds: Annotated[int, typer.Option(min=1, help="How many; more may be asked for later.")] = 3,
    shown: Annotated[int, typer.Option(min=1, help="Levels whose films SFT shows.")] = 60,
    steps: Annotated[int, typer.Option(min=1, help="Steps of SFT before the arms part.")] = 1000,
    iterations: Annotated[int, typer.Option(min=1, help="Iterations of SDE-GRPO in each arm.")] = 200,
    tested: Annotated[int, typer.Option(min=1, help="Levels of test.")] = 512,
    workers: Annotated[int, typer.Option(min=1, help="Seeds that are run at the same time.")] = 1,
    so_far: Annotated[
        bool, typer.Option("--so-far", help="Write the pages of what has ended, and run nothing.")
    ] = False,
) -> None:
    """Compare SDE-GRPO with more SFT for as much processor time, from policies that were shown few films.

    Five arms: SFT alone; SDE-GRPO with a dense reward, with a sparse one, and with all steps trained; and more SFT on
    the same films. An arm that has ended is kept: the same command goes on where it was stopped, and with more seeds.
    The pages are written when all have ended, or with `--so-far`, and say so where arms are missing.

    \b
    Example: puzzlereel bench rl --out runs/rl
    Example: puzzlereel bench rl --out runs/rl --seeds 5 --workers 2 --pages bench/rl
    Example: puzzlereel bench rl --out runs/rl --so-far
    """
    from puzzlereel.baselines.sde_grpo.evidence import Study, outcome_json, outcomes_of, run_study
    from puzzlereel.baselines.sde_grpo.margins import summary
    from puzzlereel.cli.evidence import plot, told_as_page
    from puzzlereel.files import write_whole

    study = Study(puzzle, "tiny", seeds, shown, steps, iterations, tested)
    outcomes = outcomes_of(study, out) if so_far else run_study(study, out, workers=workers, tell=typer.echo)
    figures = summary(outcomes, study.held_out(study.preset_of(0)))
    told = {"run": about_here(), "study": vars(study), **figures, "outcomes": [outcome_json(one) for one in outcomes]}
    folder = pages or out
    folder.mkdir(parents=True, exist_ok=True)
    plot(outcomes, figures, folder / "rl.png")
    write_whole(folder / "rl.md", told_as_page(told))
    write_whole(folder / "rl.json", json.dumps(told, indent=1) + "\n")
    typer.echo(f"{folder / 'rl.md'}: {len(outcomes)} arms")


@bench.command()
def esf(
    start: Annotated[Path, typer.Argument(help="The folder of the run whose policy is trained on.")],
    out: OUT,
    pages: Annotated[Path | None, typer.Option(help="Where esf.json goes; OUT without it.")] = None,
    steps: Annotated[int, typer.Option(min=3, help="N: steps of a rollout.")] = 20,
    size: Annotated[int, typer.Option(min=1, help="K: the first steps, which alone are trained.")] = 10,
    iterations: Annotated[int, typer.Option(min=1, help="Iterations of each.")] = 20,
    tested: Annotated[int, typer.Option(min=1, help="Levels of test on which success is measured.")] = 512,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="The result as one object, and nothing else.")] = False,
) -> None:
    """Measure what Early-Step Focus saves: SDE-GRPO on the first K of N steps, against all but the last.

    Both are trained from the same policy, in turns and for as many iterations. What is saved is predicted from the
    evaluations of the network that were counted, and measured in processor time. The same command goes on where it
    was stopped.

    \b
    Example: puzzlereel bench esf runs/sft --out runs/esf
    Example: puzzlereel bench esf runs/sft --out runs/esf --steps 8 --size 4 --json
    """
    from puzzlereel.baselines.sde_grpo.esf import Race, race
    from puzzlereel.files import write_whole

    asked = Race(steps=steps, size=size, iterations=iterations, tested=tested, seed=seed)
    found = race(start, asked, out, tell=(lambda text: None) if as_json else typer.echo)
    told = {"run": about_here(), "race": vars(asked), **found}
    path = (pages or out) / "esf.json"
    write_whole(path, json.dumps(told, indent=1) + "\n")
    typer.echo(json.dumps(told) if as_json else _saved(told, path))


def _saved(told: dict[str, Any], path: Path) -> str:
    """What was found, in a few lines."""
    shares = [100 * told[name] for name in ("predicted_saving", "measured_saving", "by_the_clock", "formula")]
    solved = [
        f"{name} {100 * one['value']:.1f} % [{100 * one['low']:.1f}, {100 * one['high']:.1f}]"
        for name, one in told["success"].items()
    ]
    return (
        f"saved: {shares[0]:.1f} % predicted, {shares[1]:.1f} % measured ({shares[2]:.1f} % by the clock)\n"
        f"by the formula, where all groups are live: {shares[3]:.1f} %; an evaluation with a gradient costs"
        f" {told['gradient_costs']:.2f} of those without, and took {told['gradient_took'] or 0:.2f}\n"
        f"success on test: {', '.join(solved)}\n{path}"
    )


def about_here() -> dict[str, Any]:
    """What a result depends on: command, date, machine, versions."""
    import platform
    from datetime import datetime, timezone
    from importlib.metadata import version

    from puzzlereel import __version__
    from puzzlereel.machine import machine

    return {
        "command": " ".join(["puzzlereel", *sys.argv[1:]]),
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "machine": machine(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "diffusers": version("diffusers"),
        "puzzlereel": __version__,
    }
