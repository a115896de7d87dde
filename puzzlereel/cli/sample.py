"""`puzzlereel sample`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from puzzlereel.cli.data import OURS, VBVR, WORKERS, check_layout, shard_of
from puzzlereel.cli.large import BATCH, CACHE, MODEL
from puzzlereel.cli.progress import progress_bar
from puzzlereel.puzzles.core import PuzzlereelError

if TYPE_CHECKING:
    from puzzlereel.baselines.sde_grpo.wan_filming import Request
    from puzzlereel.hub.build import Shard

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


LARGE = {"wan": "our Euler steps on our own grid", "diffusers": "the pipeline's own sampler"}
"""The ways in which a large model films."""


def sample(
    policy: Annotated[str, typer.Option(help=f"{', '.join([*REFERENCES, *LARGE])}; or the folder of a training run.")],
    data: Annotated[Path, typer.Option(help="The data set whose levels are filmed, or a folder of questions.")],
    out: Annotated[Path, typer.Option(help="The submission's folder: new, or begun by the same command.")],
    samples: Annotated[int, typer.Option(min=1, max=64, help="How many films of each level.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Another one gives other random numbers.")] = 0,
    model: MODEL = None,
    adapter: Annotated[Path | None, typer.Option(help="With --model: a LoRA that was exported, for it.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="wan: 20 without it; diffusers: the pipeline says.")] = None,
    guidance: Annotated[float | None, typer.Option(min=0, help="diffusers: the pipeline says without it.")] = None,
    compute: Annotated[str | None, typer.Option(help="wan: bfloat16, or float32.")] = None,
    batch: BATCH = None,
    cache: CACHE = None,
    shard: Annotated[str | None, typer.Option(help="Large models: film this share only, as 0/8.")] = None,
    layout: Annotated[str, typer.Option(help="vbvr: DATA has VBVR's questions, OUT its model's films.")] = OURS,
    workers: Annotated[int, typer.Option(min=1)] = WORKERS,
) -> None:
    """Let a reference policy, one that was trained, or a large model film a data set: a submission.

    The oracle and the late one are the ceiling, frozen and noise the floor, and the others are between. The same
    command gives the same films, and goes on where it was stopped. A trained policy is that of the run's newest
    checkpoint; a tiny one films data sets as large as its own films, or larger by a whole number. `wan` films with
    --model by the sampler that training uses, `diffusers` with any image-to-video pipeline by its own; the seeds of
    all films are in OUT/seeds.jsonl.

    \b
    Example: puzzlereel sample --policy oracle --data data --out submissions/oracle
    Example: puzzlereel sample --policy random-walk --samples 4 --data data --out submissions/random-walk
    Example: puzzlereel sample --policy runs/grpo --data tiny --out submissions/grpo
    Example: puzzlereel sample --policy wan --model ./Wan2.2 --adapter my-lora --data data --out submissions/lora
    Example: puzzlereel sample --policy diffusers --model ./Wan2.2 --steps 50 --data data --out submissions/base
    Example: puzzlereel sample --policy runs/large --layout vbvr --data VBVR-Bench --out vbvr/my-model
    """
    kept, share = cache or out.parent / "cache", shard_of(shard)
    asked = Asked(policy, seed, model, adapter, steps, guidance, compute, batch, kept, share, workers)
    asked.check()
    with progress_bar("films") as progress:
        film = film_questions if check_layout(layout) == VBVR else film_dataset
        count = film(asked, data, out, samples, progress)
    typer.echo(f"{out}: {count} films by the {asked.told()[0]}")


def film_questions(asked: "Asked", data: Path, out: Path, samples: int, progress: Callable[[int, int], None]) -> int:
    """Make films of VBVR's questions, or go on with that, and how many this share has; by large models only."""
    from puzzlereel.baselines.sde_grpo.questions import copy_questions, questions_in, requests_for
    from puzzlereel.baselines.sde_grpo.wan_filming import write_seeds

    if not asked.is_large:
        raise PuzzlereelError(f"expected a large model for the layout vbvr, got {asked.policy!r}")
    questions = questions_in(data)
    requests = requests_for(questions, out, samples=samples, seed=asked.seed)
    write_seeds(requests, out)
    own = asked.own(requests)
    film_large(asked, own, progress)
    copy_questions(questions, out, samples=samples)
    return len(own)


def film_dataset(asked: "Asked", data: Path, out: Path, samples: int, progress: Callable[[int, int], None]) -> int:
    """Begin a submission of films of a data set, or go on with it, and how many films this share of it has."""
    from puzzlereel.baselines.sample import Shot
    from puzzlereel.baselines.sample import sample as make
    from puzzlereel.hub.dataset import open_dataset
    from puzzlereel.leaderboard.films import expected_films
    from puzzlereel.leaderboard.submission import begin_submission
    from puzzlereel.leaderboard.template import meta_of

    dataset, (name, sampler) = open_dataset(data), asked.told()
    told = meta_of(dataset, name=name, samples=samples)
    begin_submission(out, told | {"sampler": {"policy": Path(asked.policy).name, "seed": asked.seed, **sampler}})
    shots = [
        Shot(asked.policy, row, out / path, asked.seed, number)
        for row in dataset.rows
        for number, path in enumerate(expected_films(row, samples))
    ]
    if asked.policy in REFERENCES:
        make(shots, workers=asked.workers, progress=progress)
    elif asked.is_large:
        from puzzlereel.baselines.sde_grpo.wan_filming import requests_of, write_seeds

        requests = requests_of(shots)
        write_seeds(requests, out)
        own = asked.own(requests)
        film_large(asked, own, progress)
        return len(own)
    else:
        from puzzlereel.baselines.sde_grpo.filming import film_with

        film_with(Path(asked.policy), shots, progress=progress)
    return len(shots)


class Asked(NamedTuple):
    """Who is to film, and how."""

    policy: str
    seed: int
    model: str | None
    adapter: Path | None
    steps: int | None
    guidance: float | None
    compute: str | None
    batch: int | None
    cache: Path
    shard: "Shard | None"
    workers: int

    @property
    def is_large(self) -> bool:
        """Whether it is a large model, or a run of one."""
        if self.policy in REFERENCES or self.policy in LARGE:
            return self.policy in LARGE
        from puzzlereel.baselines.sde_grpo.wan_runs import is_large

        return is_large(Path(self.policy))

    def own(self, requests: "Sequence[Request]") -> "Sequence[Request]":
        """Those of the share that is asked for."""
        return requests[self.shard.number :: self.shard.of] if self.shard else requests

    def check(self) -> None:
        """PuzzlereelError where it is nobody, or is told what it does not take."""
        from puzzlereel.baselines.sample import NoPolicy

        known = [*REFERENCES, *LARGE]
        if self.policy not in known and not Path(self.policy).is_dir():
            raise NoPolicy(f"expected a policy of {', '.join(known)}, or the folder of a run, got {self.policy!r}")
        if (self.policy in LARGE) != (self.model is not None):
            raise PuzzlereelError(f"expected --model with {' or '.join(LARGE)}, and with no other policy")
        if self.model:
            from puzzlereel.baselines.sde_grpo.wan_files import folder_of
            from puzzlereel.baselines.sde_grpo.wan_filming import class_of

            class_of(folder_of(self.model))
        taken = {"adapter": LARGE, "guidance": ("diffusers",), "compute": ("wan",)}
        for option, policies in taken.items():
            if getattr(self, option) is not None and self.policy not in policies:
                raise PuzzlereelError(f"expected --{option} with {' or '.join(policies)} only, got {self.policy!r}")
        if (self.steps or self.batch or self.shard) and not self.is_large:
            told = "--steps, --batch and --shard"
            raise PuzzlereelError(f"expected {told} with a large model only, got {self.policy!r}")

    def told(self) -> tuple[str, dict[str, object]]:
        """What a board calls who films, and how the films are made."""
        if self.policy in REFERENCES:
            name, does = REFERENCES[self.policy]
            return name, {"does": does}
        if self.policy in LARGE:
            from puzzlereel.baselines.sde_grpo.wan_filming import STEPS, versions

            told: dict[str, object] = {"does": LARGE[self.policy], "steps": self.steps, "guidance": self.guidance}
            if self.policy == "wan":
                told |= {"steps": self.steps or STEPS, "compute": self.compute or "bfloat16"}
            told |= {"adapter": self.adapter and self.adapter.name, **versions()}
            return Path(str(self.model)).name, {key: value for key, value in told.items() if value is not None}
        return _of_run(Path(self.policy), is_large=self.is_large, steps=self.steps)


def film_large(asked: Asked, requests: "Sequence[Request]", progress: Callable[[int, int], None]) -> None:
    """Let a large model, or a run of one, make films."""
    from puzzlereel.baselines.sde_grpo.wan import WanShape
    from puzzlereel.baselines.sde_grpo.wan_files import device_here, load
    from puzzlereel.baselines.sde_grpo.wan_filming import STEPS, Stock, film_by_stock, film_with
    from puzzlereel.baselines.sde_grpo.wan_runs import policy_of

    if not requests:
        return
    device, cache, prompts = device_here(), asked.cache, list(dict.fromkeys(one.prompt for one in requests))
    if asked.policy == "diffusers":
        stock = Stock(asked.steps, asked.guidance, asked.adapter)
        film_by_stock(str(asked.model), requests, stock, cache=cache, device=device, progress=progress)
        return
    if asked.policy == "wan":
        compute = asked.compute or "bfloat16"
        shape = WanShape(*requests[0].size, compute=compute, decode=compute)
        told = {"prompts": prompts, "adapter": asked.adapter, "checkpointing": False}
        policy = load(str(asked.model), shape, cache=cache, device=device, **told)  # type: ignore[arg-type]
    else:
        policy = policy_of(Path(asked.policy), cache=cache, device=device, prompts=prompts)
    film_with(policy, requests, steps=asked.steps or STEPS, batch=asked.batch or 1, progress=progress)


def _of_run(run: Path, *, is_large: bool, steps: int | None) -> tuple[str, dict[str, object]]:
    """What a board calls the policy of a run, and how its films are made."""
    from puzzlereel.baselines.sde_grpo import presets, runs, wan_filming, wan_runs
    from puzzlereel.baselines.sde_grpo.state import checkpoints

    found = checkpoints(run)
    name = wan_runs.about_of(run).name if is_large else runs.about_of(run).name
    taken = (steps or wan_filming.STEPS) if is_large else presets.STEPS
    return name, {"checkpoint": found[-1].name if found else "", "steps": taken, "kind": "ode"}
