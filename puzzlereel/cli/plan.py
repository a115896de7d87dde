"""`puzzlereel plan`."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from puzzlereel.puzzles.core import PuzzlereelError


def plan(
    preset: Annotated[
        str, typer.Option(help="wan2.2-ti2v-5b, wan2.2-ti2v-5b-single, wan2.2-ti2v-5b-lora or wan2.2-ti2v-5b-lora-256.")
    ] = "wan2.2-ti2v-5b",
    stage: Annotated[str, typer.Option(help="sft or grpo.")] = "grpo",
    films: Annotated[int | None, typer.Option(min=1, help="sft: how many different films; 30000 without it.")] = None,
    gpus: Annotated[int, typer.Option(min=1, help="How many GPUs there are.")] = 1,
    rate: Annotated[float, typer.Option(min=0.001, help="TFLOP/s that one of them reaches.")] = 400.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """What training a large model will take: operations, hours, memory, and for SDE-GRPO what each step counts.

    Nothing is loaded or measured: the model's layers are run on torch's meta device, and their operations counted.

    \b
    Example: puzzlereel plan --preset wan2.2-ti2v-5b --gpus 8
    Example: puzzlereel plan --preset wan2.2-ti2v-5b --gpus 8 --stage sft --films 30000
    Example: puzzlereel plan --preset wan2.2-ti2v-5b-lora --rate 300 --json
    """
    from puzzlereel.baselines.sde_grpo.plan import plan_of, plan_of_sft
    from puzzlereel.baselines.sde_grpo.recipes import recipe_of

    if stage not in ("sft", "grpo") or (films and stage == "grpo"):
        raise PuzzlereelError(f"expected a stage of sft or grpo, and --films with sft only, got {stage!r}")
    recipe = recipe_of(preset)
    if stage == "sft":
        found = plan_of_sft(recipe, gpus=gpus, rate=rate, films=films or 30_000)
        lines = lines_of_sft(found)
    else:
        found = plan_of(recipe, gpus=gpus, rate=rate)
        lines = lines_of(found)
    typer.echo(json.dumps(found) if as_json else "\n".join(lines))


def lines_of_sft(plan: Mapping[str, Any]) -> Iterator[str]:
    """A plan of supervised fine-tuning as a person reads it."""
    whole, flops, seconds, tuning = plan["global"], plan["flops"], plan["seconds"], plan["settings"]["tuning"]
    at_once, epochs = tuning["at_once"] or tuning["batch"], f"{whole['epochs']:.1f} epochs of {whole['films']} films"
    yield f"steps          {tuning['steps']} of {tuning['batch']} films: {epochs}"
    yield f"GPUs           {whole['gpus']}, each with {at_once} films in memory at once"
    yield f"parameters     {plan['parameters']['all'] / 1e9:.3f} B, trained {plan['parameters']['trained'] / 1e9:.3f} B"
    step, encode = flops["trained_step"] / 1e12, flops["encode"] / 1e12
    yield f"operations     trained step {step:.1f} TFLOP, encoding a film {encode:.1f}"
    yield (
        f"time           encode {seconds['encode'] / 3600:.1f} hours, train {seconds['train'] / 3600:.1f}:"
        f" {seconds['run_hours']:.1f} hours, at {plan['rate']:g} TFLOP/s a GPU; examinations not counted"
    )
    yield f"disk           {plan['disk']['cache'] / 1e9:.0f} GB of encoded films"
    yield from memory_lines(plan)


def memory_lines(plan: Mapping[str, Any]) -> Iterator[str]:
    yield "memory         of one GPU, without what decoding takes:"
    for part, taken in plan["memory"].items():
        if taken:
            yield f"               {part.replace('_', ' '):20} {taken / 1e9:8.2f} GB"


def lines_of(plan: Mapping[str, Any]) -> Iterator[str]:
    """A plan as a person reads it."""
    whole, flops, seconds, saving = plan["global"], plan["flops"], plan["seconds"], plan["saving"]
    yield f"an iteration   {whole['levels']} levels × {whole['group']}: {whole['films']} films of {whole['film']}"
    yield (
        f"               {whole['updates']} update(s); {whole['trained_steps']} of {whole['steps']} steps are trained;"
        f" {whole['free_elements']:,} free elements"
    )
    yield (
        f"GPUs           {whole['gpus']} × {whole['films_at_once'] // whole['gpus']} films at once: {whole['rounds']}"
        f" rounds, idle for {whole['idle']:.0%}"
    )
    yield f"parameters     {plan['parameters']['all'] / 1e9:.3f} B, trained {plan['parameters']['trained'] / 1e9:.3f} B"
    yield (
        f"operations     forward {flops['forward'] / 1e12:.1f} TFLOP, trained step {flops['trained_step'] / 1e12:.1f},"
        f" decoding a film {flops['decode'] / 1e12:.1f}"
    )
    phases = ", ".join(f"{phase} {seconds[phase]:.0f} s" for phase in ("sample", "decode", "replay"))
    yield f"time           {phases}: {seconds['iteration']:.0f} s an iteration, at {plan['rate']:g} TFLOP/s a GPU"
    yield f"               {seconds['run_hours']:.1f} hours for {whole['iterations']} iterations; updates not counted"
    yield (
        f"early steps    save {saving['all_but_last']:.1%} against training all but the last step;"
        f" {saving['as_the_paper']:.1%} as the paper counts"
    )
    yield from memory_lines(plan)
    yield "step   from    to      noise   weight  clip      explored"
    for step in plan["per_step"]:
        trained = "-"
        if step["weight"] is not None:
            trained = f"{step['weight']:<7.3f} {step['clip']:.2e}  {step['explored']:.0%}"
        yield f"{step['step']:<6} {step['from']:.4f}  {step['to']:.4f}  {step['noise']:.4f}  {trained}"
    yield "explored: how far apart films are that begin with the same noise, against the ODE's from noise of their own,"
    yield "if the noisy steps end there"
