"""How Wan2.2-TI2V-5B is trained, so that a run is one word. A recipe is a function of the run's name.

wan2.2-ti2v-5b             the paper's recipe as far as it is known: all weights, the three puzzles together
wan2.2-ti2v-5b-single      the same on one puzzle, with a third of the films
wan2.2-ti2v-5b-lora        LoRA on one GPU of 80 GB
wan2.2-ti2v-5b-lora-256    the same on films of 256×256, to see that a run works

Where a number comes from stands beside it. "paper" is VideoRLVR (arXiv 2605.15458). "ours" is an estimate of ours that
nobody has run. The data set says how large the films are; what a recipe says of that is what `plan` counts with.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from puzzlereel.baselines.sde_grpo.sft import Tuning
from puzzlereel.baselines.sde_grpo.train import Training
from puzzlereel.baselines.sde_grpo.wan import WanShape
from puzzlereel.baselines.sde_grpo.wan_cost import WAN_TI2V_5B, Model
from puzzlereel.baselines.sde_grpo.wan_files import Lora
from puzzlereel.baselines.sde_grpo.window import Window
from puzzlereel.puzzles.core import PuzzlereelError


@dataclass(frozen=True)
class Recipe:
    """How a large model is trained."""

    model: Model
    """Its numbers, which `plan` counts with; the weights come from where the user says."""
    shape: WanShape
    lora: Lora | None
    """None where all of the transformer is trained."""
    training: Training
    """Its `batch` is what one GPU samples or replays at once."""
    tuning: Tuning = field(default_factory=lambda: Tuning("never"))
    """Its `at_once` is what one GPU has in memory."""
    checkpointing: bool = True
    """Whether blocks are computed again for gradients: without, 81 frames of 480×832 fit no GPU."""
    held: int = 24
    """Levels of val that examinations ask for: each takes a rollout and a decoding (ours)."""


def paper(run: str) -> Recipe:
    """VideoRLVR's recipe as far as it is known; its optimizer, noise, group and batch are not."""
    tuning = Tuning(
        run,
        steps=4700,  # paper: 5 epochs of 30,000 films, here in batches of 32
        batch=32,  # ours: 4 films for each of 8 GPUs
        at_once=1,  # ours: what fits beside all weights
        lr=1e-5,  # DiffSynth-Studio's example of full fine-tuning for this model
        warmup=100,  # ours
        ema=0.99,  # ours: the average of the last hundred steps
        every=470,  # ours: ten examinations
        enough=2.0,  # never: the steps say when it ends
    )
    training = Training(
        run,
        iterations=200,  # ours: public runs of this kind show their gain within 100 to 300
        levels=32,  # vbvr-rl's run of this model
        group=16,  # half of vbvr-rl's 32, so that an iteration takes half as long
        batch=1,  # ours: what fits beside all weights
        steps=20,  # paper
        window=Window("early", 10),  # paper: Early-Step Focus, the first 10 of 20
        eta=0.7,  # Flow-GRPO's, in whose SDE it is
        lr=5e-6,  # vbvr-rl's for full fine-tuning; DanceGRPO found 1e-5 too high
        ema=0.9,  # Flow-GRPO's, there at every eighth update
        every=10,  # ours
    )
    return Recipe(WAN_TI2V_5B, WanShape(), None, training, tuning)


def single(run: str) -> Recipe:
    """The paper's recipe on one puzzle: a third of the films to learn from, half of the levels an iteration."""
    whole = paper(run)
    tuning = replace(
        whole.tuning,
        steps=1600,  # paper: 5 epochs, of 10,000 films here, in batches of 32
        every=160,  # ours: ten examinations
    )
    return replace(whole, tuning=tuning, training=replace(whole.training, levels=16))  # ours: half of the levels


def lora(run: str) -> Recipe:
    """Small matrices of rank 64 in all linear layers of the blocks, for one GPU with 80 GB."""
    whole = paper(run)
    tuning = replace(
        whole.tuning,
        steps=2000,  # ours: half an epoch of 30,000 films, which `plan` counts as five hours of one GPU
        batch=8,  # ours: a quarter of the films a step, for one GPU
        lr=1e-4,  # DiffSynth-Studio's example of LoRA for this model
        every=200,  # ours: ten examinations
    )
    training = replace(
        whole.training,
        levels=8,  # ours: 96 films an iteration, a fifth of the whole recipe's, for one GPU
        group=12,  # DanceGRPO's
        lr=5e-5,  # between Pref-GRPO's 4e-5 and flow_grpo's 1e-4, both for LoRA of Wan
    )
    return replace(whole, lora=Lora(), tuning=tuning, training=training)


def small(run: str) -> Recipe:
    """LoRA on films of 256×256, which take a seventh of the time."""
    whole = lora(run)
    training = replace(
        whole.training,
        levels=16,  # ours: twice the films in a quarter of the time
        batch=2,  # ours: what fits beside the model on a GPU of 40 GB
    )
    tuning = replace(whole.tuning, batch=16, at_once=4)  # likewise
    return replace(whole, shape=WanShape(height=256, width=256), tuning=tuning, training=training)


RECIPES: Mapping[str, Callable[[str], Recipe]] = {
    "wan2.2-ti2v-5b": paper,
    "wan2.2-ti2v-5b-single": single,
    "wan2.2-ti2v-5b-lora": lora,
    "wan2.2-ti2v-5b-lora-256": small,
}


def recipe_of(name: str, *, seed: int = 0) -> Recipe:
    """The recipe of a name, for a run of a seed; PuzzlereelError where there is none."""
    if name not in RECIPES:
        raise PuzzlereelError(f"expected a preset of {', '.join(RECIPES)}, got {name!r}")
    return RECIPES[name](f"{name} {seed}")
