"""Tiny random pipelines of the very classes of Wan's, built where they are needed: nothing is downloaded."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLWan,
    DiffusionPipeline,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanTransformer3DModel,
)
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    CLIPVisionModel,
    PreTrainedTokenizerFast,
    UMT5Config,
    UMT5EncoderModel,
)

from puzzlereel.baselines.sde_grpo.lessons import Lesson, lessons
from puzzlereel.baselines.sde_grpo.policy import TinyShape
from puzzlereel.baselines.sde_grpo.sde import moves
from puzzlereel.baselines.sde_grpo.wan import WanPolicy, WanShape
from puzzlereel.renderers.layout import Canvas

CHANNELS = 8
SHAPE = WanShape(frames=9, height=64, width=64, compute="float32", decode="float32")


def lessons_of(count: int) -> list[Lesson]:
    """Lessons whose films are as large as the pipeline's."""
    return [replace(one, canvas=Canvas(64, 64)) for one in lessons("maze", "train", range(count), TinyShape())]


TRANSFORMER: dict[str, Any] = {
    "patch_size": (1, 2, 2),
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "in_channels": CHANNELS,
    "out_channels": CHANNELS,
    "text_dim": 32,
    "freq_dim": 32,
    "ffn_dim": 48,
    "num_layers": 3,
    "rope_max_seq_len": 32,
}
VAE: dict[str, Any] = {
    "base_dim": 4,
    "decoder_base_dim": 4,
    "z_dim": CHANNELS,
    "dim_mult": [1, 1, 1, 1],
    "num_res_blocks": 1,
    "temperal_downsample": [False, True, True],
    "is_residual": True,
    "in_channels": 12,
    "out_channels": 12,
    "patch_size": 2,
    "scale_factor_temporal": 4,
    "scale_factor_spatial": 16,
    "latents_mean": [0.1 * i - 0.3 for i in range(CHANNELS)],
    "latents_std": [0.5 + 0.1 * i for i in range(CHANNELS)],
}


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """One token a byte, and the end."""
    special = ("<pad>", "</s>", "<unk>")
    vocabulary = {token: i for i, token in enumerate([*special, *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=512
    )


def tiny_pipeline() -> WanImageToVideoPipeline:
    """The pipeline, with the same random weights every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        text = UMT5Config(
            vocab_size=300, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu"
        )
        pipeline = WanImageToVideoPipeline(
            tokenizer=tiny_tokenizer(),
            text_encoder=UMT5EncoderModel(text).eval(),
            vae=AutoencoderKLWan(**VAE).eval(),
            transformer=WanTransformer3DModel(**TRANSFORMER).eval(),
            scheduler=UniPCMultistepScheduler(
                prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0, num_train_timesteps=1000
            ),
            expand_timesteps=True,
        )
        # A random network starts near zero in its last layer's bias only; larger weights make its films differ.
        for weight in pipeline.transformer.proj_out.parameters():
            weight.data.mul_(3)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def tiny_i2v(*, look: bool) -> WanImageToVideoPipeline:
    """A pipeline of the I2V kind, with an image encoder or without."""
    base = tiny_pipeline()
    added: dict[str, Any] = {"image_dim": 16, "added_kv_proj_dim": 24} if look else {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        told = {**TRANSFORMER, "in_channels": 2 * CHANNELS + 4, **added}
        transformer = WanTransformer3DModel(**told).eval()
        parts: dict[str, Any] = {}
        if look:
            numbers = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2}
            vision = CLIPVisionConfig(**numbers, image_size=32, patch_size=8)
            sizes = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
            parts = {"image_encoder": CLIPVisionModel(vision).eval(), "image_processor": CLIPImageProcessor(**sizes)}
    base.scheduler.register_to_config(flow_shift=3.0)
    kept = {name: getattr(base, name) for name in ("tokenizer", "text_encoder", "vae", "scheduler")}
    return WanImageToVideoPipeline(**kept, transformer=transformer, **parts)


def build(folder: Path, pipeline: DiffusionPipeline | None = None) -> Path:
    """Write a pipeline into a folder, as the Hub would have it."""
    (pipeline or tiny_pipeline()).save_pretrained(folder)
    return folder


def check_beside_the_pipeline(policy: WanPolicy, stock: WanImageToVideoPipeline, *, shift: float, image: Any) -> None:
    """Our Euler loop, on the grid of diffusers' Euler scheduler, gives the latents and pixels of the pipeline."""
    scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
    pipeline = WanImageToVideoPipeline.from_pipe(stock, scheduler=scheduler)
    pipeline.set_progress_bar_config(disable=True)
    condition = policy.encode(["Walk to the goal."], image[None])
    noise = x = policy.init(condition, [17])
    scheduler.set_timesteps(4)
    for move in moves([float(sigma) for sigma in scheduler.sigmas], "ode", 1.0, ()):
        with torch.no_grad():
            v = policy.velocity(x, torch.tensor([move.s]), condition)
        x = torch.where(policy.free, x + move.v * v, x)
    options: dict[str, Any] = {
        "image": Image.fromarray(image.numpy()),
        "prompt_embeds": condition.text,
        "num_frames": 9,
        "height": 64,
        "width": 64,
        "num_inference_steps": 4,
        "guidance_scale": 1.0,
    }
    latents = pipeline(**options, latents=noise.clone(), output_type="latent").frames
    pixels = pipeline(**options, latents=noise.clone(), output_type="np").frames

    assert torch.allclose(latents, x, atol=1e-4)
    assert (torch.from_numpy(pixels) * 255 - policy.decode(x)).abs().max() <= 1
    assert (x - noise).abs().mean() > 0.1
