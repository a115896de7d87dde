"""`puzzlereel preflight`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from puzzlereel.cli.large import BATCH, CACHE, COMPILE, DATA, MODEL, Wanted, begin, changed, large


def preflight(
    start: Annotated[Path | None, typer.Argument(help="The folder of a run; or --preset and --model.")] = None,
    preset: Annotated[str | None, typer.Option(help="Without START: that of a large model.")] = None,
    model: MODEL = None,
    data: DATA = None,
    cache: CACHE = None,
    batch: BATCH = None,
    compiled: COMPILE = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """Replay one rollout with the same weights, and tell how far its ratios are from 1, beside the clip.

    Half precision, compiled kernels and other batch sizes all make noise that the clip takes for learning. With one
    update an iteration, as in all presets, the ratio is 1 by definition, and none of it matters. Exit status 0: noise
    is at most a tenth of the clip. 1: it is more.

    \b
    Example: puzzlereel preflight runs/sft
    Example: puzzlereel preflight --preset wan2.2-ti2v-5b-lora --model ./Wan2.2 --data data
    """
    wanted = Wanted(model, data, None, cache, batch, compiled)
    from puzzlereel.baselines.sde_grpo.preflight import noise_floor

    if large(wanted, start, preset):
        begun = begin("grpo", wanted, start or Path("runs/preflight"), preset=preset, start=start)
        training = changed(begun.recipe.training, {"batch": batch})
        floor = noise_floor(begun.policy, begun.lessons.taught, training)
    else:
        from puzzlereel.baselines.sde_grpo.presets import floor_of

        floor = floor_of(Path(str(start)))
    told = {"noise": floor.noise, "clip": floor.clip, "safe": floor.safe}
    typer.echo(json.dumps(told) if as_json else str(floor))
    raise typer.Exit(0 if floor.safe else 1)
