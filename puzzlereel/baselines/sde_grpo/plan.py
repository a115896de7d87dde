"""What a run of SDE-GRPO on a Wan model will take, before anything is loaded: counted, not measured.

sample N forwards ──► decode ──► replay K trained steps ──► update        seconds = operations / (GPUs × rate)
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from math import ceil
from types import SimpleNamespace
from typing import Any

from puzzlereel.baselines.sde_grpo.grpo import clip_range, step_weights
from puzzlereel.baselines.sde_grpo.recipes import Recipe
from puzzlereel.baselines.sde_grpo.sde import Move, explored, moves, ode, sigmas
from puzzlereel.baselines.sde_grpo.train import Training
from puzzlereel.baselines.sde_grpo.wan import latent_shape
from puzzlereel.baselines.sde_grpo.wan_cost import Cost, cost_of, decoding, encoding, size_of_vae

RATE = 400.0
"""TFLOP/s of one GPU: about 40 % of the 989 that NVIDIA states for an H100 SXM in dense bfloat16. An assumption."""
WHOLE, HALF = 4, 2
"""Bytes of a number."""
AT_WORK = 4
"""Blocks' worth of numbers where weights are shared out: weights and gradients of this block and of the next one."""


def plan_of(recipe: Recipe, *, gpus: int = 1, rate: float = RATE) -> dict[str, Any]:
    """The plan, as JSON can hold it: numbers of the whole run, parameters, operations, seconds, bytes, and each step.

    `rate` is the TFLOP/s that a GPU reaches. Bytes are those of one GPU.
    """
    training, shape = recipe.training, recipe.shape
    latents = latent_shape(shape, SimpleNamespace(**recipe.model.transformer), SimpleNamespace(**recipe.model.vae))
    cost = cost_of(recipe.model, latents, lora=recipe.lora, checkpointing=recipe.checkpointing)
    window = training.window.steps(training.steps, iteration=0, run=training.run)
    along = moves(sigmas(training.steps, shape.shift), training.kind, training.eta, window)
    whole = whole_of(recipe, latents, gpus=gpus, trained=len(window))
    films = whole["rounds"] * training.batch
    flops = {
        "forward": cost.forward,
        "trained_step": cost.trained_step,
        "decode": decoding(recipe.model, latents),
    }
    seconds = seconds_of(flops, training.steps, len(window), films, rate)
    return {
        "settings": {"training": asdict(training), "shape": asdict(shape), "lora": recipe.lora and asdict(recipe.lora)},
        "global": whole,
        "parameters": {"all": round(cost.parameters), "trained": round(cost.trained)},
        "flops": flops,
        "rate": rate,
        "seconds": seconds | {"run_hours": seconds["iteration"] * training.iterations / 3600},
        "saving": saving_of(flops, training.steps, len(window)),
        "memory": memory_of(recipe, cost, latents, gpus=gpus, films=films, trained=len(window)),
        "per_step": per_step(along, training, whole["free_elements"]),
    }


def plan_of_sft(recipe: Recipe, *, gpus: int = 1, rate: float = RATE, films: int = 30_000) -> dict[str, Any]:
    """The plan of supervised fine-tuning on so many different films, likewise; each is encoded once."""
    tuning, shape = recipe.tuning, recipe.shape
    latents = latent_shape(shape, SimpleNamespace(**recipe.model.transformer), SimpleNamespace(**recipe.model.vae))
    cost = cost_of(recipe.model, latents, lora=recipe.lora, checkpointing=recipe.checkpointing)
    flops = {"trained_step": cost.trained_step, "encode": encoding(recipe.model, latents)}
    seen = tuning.steps * tuning.batch
    seconds = {
        "encode": min(films, seen) * flops["encode"] / (gpus * rate * 1e12),
        "train": tuning.steps * ceil(tuning.batch / gpus) * flops["trained_step"] / (rate * 1e12),
    }
    batch = tuning.at_once or tuning.batch
    at_once = replace(recipe, training=replace(recipe.training, batch=batch, levels=batch, updates=1))
    latent_bytes = latents[0] * latents[1] * latents[2] * latents[3] * WHOLE
    return {
        "settings": {"tuning": asdict(tuning), "shape": asdict(shape), "lora": recipe.lora and asdict(recipe.lora)},
        "global": {"films": films, "shown": seen, "epochs": seen / films, "gpus": gpus, "latents": list(latents)},
        "parameters": {"all": round(cost.parameters), "trained": round(cost.trained)},
        "flops": flops,
        "rate": rate,
        "seconds": seconds | {"run_hours": sum(seconds.values()) / 3600},
        "memory": memory_of(at_once, cost, latents, gpus=gpus, films=0, trained=0),
        "disk": {"cache": float(min(films, seen) * latent_bytes)},
    }


def whole_of(recipe: Recipe, latents: tuple[int, int, int, int], *, gpus: int, trained: int) -> dict[str, Any]:
    """Numbers of the whole run: what is asked for in an iteration, and how GPUs share it."""
    training, shape = recipe.training, recipe.shape
    films = training.levels * training.group
    rounds = ceil(films / (gpus * training.batch))
    return {
        "iterations": training.iterations,
        "levels": training.levels,
        "group": training.group,
        "films": films,
        "updates": training.updates,
        "gpus": gpus,
        "films_at_once": gpus * training.batch,
        "rounds": rounds,
        "idle": 1 - films / (rounds * gpus * training.batch),
        "steps": training.steps,
        "trained_steps": trained,
        "film": f"{shape.frames} x {shape.height}x{shape.width}",
        "latents": list(latents),
        "free_elements": latents[0] * (latents[1] - 1) * latents[2] * latents[3],
    }


def seconds_of(flops: Mapping[str, float], steps: int, trained: int, films: int, rate: float) -> dict[str, float]:
    """Seconds of an iteration in which one GPU makes so many films, by phase.

    Judging goes on beside them on processors; the update, and what GPUs tell each other, are not counted.
    """
    each = films / (rate * 1e12)
    found = {
        "sample": each * steps * flops["forward"],
        "decode": each * flops["decode"],
        "replay": each * trained * flops["trained_step"],
    }
    return found | {"iteration": sum(found.values())}


def saving_of(flops: Mapping[str, float], steps: int, trained: int) -> dict[str, float]:
    """What an iteration saves by training so few steps, as a share.

    `all_but_last` is against training all but the last, decoding included; `as_the_paper` is against training all, with
    nothing else counted.
    """
    sampled, step, decode = steps * flops["forward"], flops["trained_step"], flops["decode"]
    return {
        "all_but_last": (steps - 1 - trained) * step / (sampled + (steps - 1) * step + decode),
        "as_the_paper": (steps - trained) * step / (sampled + steps * step),
    }


def memory_of(
    recipe: Recipe, cost: Cost, latents: tuple[int, int, int, int], *, gpus: int, films: int, trained: int
) -> dict[str, float]:
    """Bytes of one GPU by part. With LoRA each GPU has it all; without, what is trained is shared out among them.

    AdamW has two moments of each weight, and makes a third number of it while it takes a step. An examination takes no
    more than training: weights and their average change places. Left out: what decoding a film takes, what the GPUs'
    library keeps, and fragments.
    """
    layers, tokens = recipe.model.transformer["num_layers"], recipe.model.tokens
    sharing = 1 if recipe.lora else gpus
    half = recipe.shape.compute == "bfloat16"
    latent = latents[0] * latents[1] * latents[2] * latents[3] * WHOLE
    text = tokens * recipe.model.transformer["text_dim"] * WHOLE
    kept = cost.input_bytes * layers + cost.block_bytes if recipe.checkpointing else cost.block_bytes * layers
    frozen = 0.0 if recipe.lora is None else cost.parameters * (HALF if half else WHOLE)
    parts = {
        "frozen_weights": frozen,
        "trained_weights": cost.trained * WHOLE / sharing,
        "weights_computed_in": 0.0 if recipe.lora or not half else _copies(cost, layers, recipe.checkpointing),
        "gathered_blocks": 0.0 if sharing == 1 else AT_WORK * cost.trained * WHOLE / layers,
        "gradients": cost.trained * WHOLE / sharing,
        "adamw": cost.trained * 3 * WHOLE / sharing,
        "average": cost.trained * WHOLE / sharing,
        "reference": cost.trained * WHOLE / sharing if recipe.training.beta else 0.0,
        "vae": float(size_of_vae(recipe.model) * WHOLE),
        "activations": recipe.training.batch * kept,
        "kept_steps": films * ((2 * trained + 1) * latent + latent / latents[1] + text),
    }
    return parts | {"all": sum(parts.values())}


def _copies(cost: Cost, layers: int, checkpointing: bool) -> float:
    """Trained weights again, in half precision: of one block at a time, or of all where nothing is computed again."""
    return cost.trained * HALF / (layers if checkpointing else 1)


def per_step(along: tuple[Move, ...], training: Training, free: int) -> list[dict[str, Any]]:
    """Each step of a rollout: its noise levels, its noise, what its loss counts, its clip, and what is explored by it.

    `explored` is for a window that ends with this step. The last three are None where a step is not trained.
    """
    noisy = [move for move in along if move.std]
    weights = iter(step_weights(noisy, training.step_weight, norm=training.norm))
    told = []
    for number, move in enumerate(along):
        clip = clip_range(training.kappa, free, move, norm=training.norm) if move.std else None
        weight = next(weights) if move.std else None
        quiet = [ode(later.s, later.r) for later in along[number + 1 :]]
        share = explored([*along[: number + 1], *quiet]) if move.std else None
        levels: dict[str, Any] = {"step": number, "from": move.s, "to": move.r, "noise": move.std}
        told.append(levels | {"weight": weight, "clip": clip, "explored": share})
    return told
