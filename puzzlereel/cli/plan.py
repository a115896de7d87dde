"""`puzzlereel plan`."""

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer


def plan(
    preset: Annotated[
        str, typer.Option(help="wan2.2-ti2v-5b, wan2.2-ti2v-5b-lora or wan2.2-ti2v-5b-lora-256.")
    ] = "wan2.2-ti2v-5b",
    gpus: Annotated[int, typer.Option(min=1, help="How many GPUs there are.")] = 1,
    rate: Annotated[float, typer.Option(min=0.001, help="TFLOP/s that one of them reaches.")] = 400.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")] = False,
) -> None:
    """What training a large model by SDE-GRPO will take: operations, hours, memory, and what each step counts.

    Nothing is loaded or measured: the model's layers are run on torch's meta device, and their operations counted.

    \b
    Example: puzzlereel plan --preset wan2.2-ti2v-5b --gpus 8
    Example: puzzlereel plan --preset wan2.2-ti2v-5b-lora --rate 300 --json
    """
    from puzzlereel.baselines.sde_grpo.plan import plan_of
    from puzzlereel.baselines.sde_grpo.recipes import recipe_of

    found = plan_of(recipe_of(preset), gpus=gpus, rate=rate)
    typer.echo(json.dumps(found) if as_json else "\n".join(lines_of(found)))


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
    yield "memory         of one GPU, without what decoding takes:"
    for part, taken in plan["memory"].items():
        if taken:
            yield f"               {part.replace('_', ' '):20} {taken / 1e9:8.2f} GB"
    yield "step   from    to      noise   weight  clip"
    for step in plan["per_step"]:
        trained = f"{step['weight']:<7.3f} {step['clip']:.2e}" if step["weight"] is not None else "-"
        yield f"{step['step']:<6} {step['from']:.4f}  {step['to']:.4f}  {step['noise']:.4f}  {trained}"
