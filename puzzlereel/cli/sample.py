"""`puzzlereel sample`."""

from pathlib import Path
from typing import Annotated

import typer

from puzzlereel.cli.data import WORKERS
from puzzlereel.cli.progress import progress_bar

REFERENCES = {
    "oracle": ("solver oracle", "films the reference solution"),
    "late": ("late oracle", "does nothing for 12 frames, then films the reference solution"),
    "clumsy": ("clumsy oracle", "films the reference solution at nine tenths of its pace, with one wrong move"),
    "greedy": ("greedy walker", "always makes the lawful move that looks nearest to the end"),
    "random-walk": ("random walker", "makes lawful moves at random"),
    "teleport": ("teleporter", "leaves out the middle of the way"),
    "frozen": ("frozen first frame", "never moves"),
    "noise": ("noise", "shows random pixels"),
}
"""Each reference policy's name on the board, and what it does."""


def sample(
    policy: Annotated[str, typer.Option(help=f"{', '.join(REFERENCES)}; or the folder of a training run.")],
    data: Annotated[Path, typer.Option(help="The data set whose levels are filmed.")],
    out: Annotated[Path, typer.Option(help="The submission's folder: new, or begun by the same command.")],
    samples: Annotated[int, typer.Option(min=1, max=64, help="How many films of each level.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Another one gives other random numbers.")] = 0,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
) -> None:
    """Let a reference policy, or one that was trained, film a data set: a submission.

    The oracle and the late one are the ceiling, frozen and noise the floor, and the others are between. The same
    command gives the same films, and goes on where it was stopped. A trained policy is that of the run's newest
    checkpoint, and the data set's films are as large as its own, or larger by a whole number.

    \b
    Example: puzzlereel sample --policy oracle --data data --out submissions/oracle
    Example: puzzlereel sample --policy random-walk --samples 4 --data data --out submissions/random-walk
    Example: puzzlereel sample --policy runs/grpo --data tiny --out submissions/grpo
    """
    from puzzlereel.baselines.sample import NoPolicy, Shot
    from puzzlereel.baselines.sample import sample as make
    from puzzlereel.hub.dataset import open_dataset
    from puzzlereel.leaderboard.films import expected_films
    from puzzlereel.leaderboard.submission import begin_submission
    from puzzlereel.leaderboard.template import meta_of

    trained = policy not in REFERENCES
    if trained and not Path(policy).is_dir():
        raise NoPolicy(f"expected a policy of {', '.join(REFERENCES)}, or the folder of a run, got {policy!r}")
    dataset = open_dataset(data)
    name, sampler = _of_run(Path(policy)) if trained else (REFERENCES[policy][0], {"does": REFERENCES[policy][1]})
    told = meta_of(dataset, name=name, samples=samples)
    begin_submission(out, told | {"sampler": {"policy": Path(policy).name, "seed": seed, **sampler}})
    shots = [
        Shot(policy, row, out / path, seed, number)
        for row in dataset.rows
        for number, path in enumerate(expected_films(row, samples))
    ]
    with progress_bar("films") as progress:
        if trained:
            from puzzlereel.baselines.sde_grpo.filming import film_with

            film_with(Path(policy), shots, progress=progress)
        else:
            make(shots, workers=workers, progress=progress)
    typer.echo(f"{out}: {len(shots)} films by the {name}")


def _of_run(run: Path) -> tuple[str, dict[str, object]]:
    """What a board calls the policy of a run, and how its films are made."""
    from puzzlereel.baselines.sde_grpo.filming import STEPS
    from puzzlereel.baselines.sde_grpo.runs import about_of
    from puzzlereel.baselines.sde_grpo.state import checkpoints

    found = checkpoints(run)
    about = about_of(run)
    return about.name, {"checkpoint": found[-1].name if found else "", "steps": STEPS, "kind": "ode"}
