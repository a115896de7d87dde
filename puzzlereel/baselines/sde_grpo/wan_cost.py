"""What a Wan model costs, counted on torch's meta device: its real layers are run without any numbers in them.

All blocks of the transformer are alike, and so are all chunks of a film after the first: two and three of them are
counted, and the rest follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from peft import LoraConfig
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from puzzlereel.baselines.sde_grpo.wan_cache import TOKENS
from puzzlereel.baselines.sde_grpo.wan_files import Lora

FEW, MORE = 2, 3
"""How many blocks or chunks are counted."""


@dataclass(frozen=True)
class Model:
    """The numbers that a model is built from."""

    transformer: Mapping[str, Any]
    vae: Mapping[str, Any]
    tokens: int = TOKENS
    """Tokens of a prompt."""


# Transformer: Wan's own wan/configs/wan_ti2v_5B.py (dim 3072 = 24 heads × 128, ffn_dim 14336, 30 layers, freq_dim 256)
# and shared_config.py (512 tokens); VAE: diffusers' scripts/convert_wan_to_diffusers.py, vae22_diffusers_config.
WAN_TI2V_5B = Model(
    transformer={
        "patch_size": (1, 2, 2),
        "num_attention_heads": 24,
        "attention_head_dim": 128,
        "in_channels": 48,
        "out_channels": 48,
        "text_dim": 4096,
        "freq_dim": 256,
        "ffn_dim": 14336,
        "num_layers": 30,
    },
    vae={
        "base_dim": 160,
        "decoder_base_dim": 256,
        "z_dim": 48,
        "is_residual": True,
        "in_channels": 12,
        "out_channels": 12,
        "patch_size": 2,
        "scale_factor_temporal": 4,
        "scale_factor_spatial": 16,
    },
)


class Cost(NamedTuple):
    """What one sample costs; operations are floating-point ones, a multiplication and an addition being two."""

    parameters: float
    trained: float
    """How many of the parameters are trained."""
    forward: float
    """Operations of one velocity."""
    trained_step: float
    """Operations of one velocity with its gradients, and with what is computed again for them."""
    block_bytes: float
    """What one block remembers for its gradients where it is not computed again, in half precision."""
    input_bytes: float
    """What one block takes in, which is all that is remembered where it is."""


def cost_of(
    model: Model, latents: tuple[int, int, int, int], *, lora: Lora | None = None, checkpointing: bool = True
) -> Cost:
    """The cost of a transformer on latents (channels, frames, rows, columns)."""
    layers = model.transformer["num_layers"]
    few, more = (_cost(model, latents, count, lora, checkpointing) for count in (FEW, MORE))
    parts = [one + (layers - FEW) * (other - one) for one, other in zip(few, more, strict=True)]
    block = more[-1] - few[-1]
    return Cost(parts[0], parts[1], parts[2], parts[3], block, _tokens(model, latents) * _width(model) * 2.0)


def decoding(model: Model, latents: tuple[int, int, int, int]) -> float:
    """The operations of decoding one film from latents (channels, frames, rows, columns)."""
    with torch.device("meta"), torch.no_grad():
        vae = AutoencoderKLWan(**_with_statistics(model.vae))
        frames = latents[1]
        counts = [_operations(lambda n=n: vae.decode(torch.empty(1, latents[0], n, *latents[2:]))) for n in (FEW, MORE)]
    return counts[0] + (frames - FEW) * (counts[1] - counts[0])


def encoding(model: Model, latents: tuple[int, int, int, int]) -> float:
    """The operations of encoding one film to latents (channels, frames, rows, columns)."""
    with torch.device("meta"), torch.no_grad():
        vae = AutoencoderKLWan(**_with_statistics(model.vae))
        time, side = vae.config.scale_factor_temporal, vae.config.scale_factor_spatial
        size = latents[2] * side, latents[3] * side
        counts = [
            _operations(lambda n=n: vae.encode(torch.empty(1, 3, 1 + (n - 1) * time, *size))) for n in (FEW, MORE)
        ]
    return counts[0] + (latents[1] - FEW) * (counts[1] - counts[0])


def size_of_vae(model: Model) -> int:
    """How many parameters the VAE has."""
    with torch.device("meta"):
        return sum(weight.numel() for weight in AutoencoderKLWan(**_with_statistics(model.vae)).parameters())


def _cost(
    model: Model, latents: tuple[int, int, int, int], layers: int, lora: Lora | None, checkpointing: bool
) -> tuple[float, float, float, float, float]:
    """Parameters, how many are trained, operations without and with gradients, and remembered bytes, of few layers."""
    with torch.device("meta"):
        transformer = WanTransformer3DModel(**{**model.transformer, "num_layers": layers})
        asked = (
            torch.empty(1, *latents),
            torch.empty(1, _tokens(model, latents)),
            torch.empty(1, model.tokens, model.transformer["text_dim"]),
        )
    parameters = sum(weight.numel() for weight in transformer.parameters())
    if lora:
        config = LoraConfig(r=lora.rank, lora_alpha=lora.alpha, target_modules=list(lora.targets))
        transformer.add_adapter(config)
    weights = [weight for weight in transformer.parameters() if weight.requires_grad]
    with torch.no_grad():
        forward = _operations(lambda: transformer(*asked))
    half = nn.Module.to(transformer, torch.bfloat16)  # what it computes in; its own `to` complains
    remembered = _remembered(half, tuple(one.bfloat16() for one in asked), model.tokens)
    nn.Module.to(transformer, torch.float32)
    if checkpointing:
        transformer.enable_gradient_checkpointing()
    both = _operations(lambda: transformer(*asked, return_dict=False)[0].sum().backward())
    return float(parameters), float(sum(weight.numel() for weight in weights)), forward, both, remembered


def _operations(work: Any) -> float:
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):  # which is counted on every device
        work()
    return float(counter.get_total_flops())


def _remembered(transformer: Any, asked: tuple[Tensor, ...], words: int) -> float:
    """The bytes that a forward pass keeps for its gradients, without weights and without what each token makes of each
    other one, which no GPU's attention keeps."""
    left_out = {weight.untyped_storage()._cdata for weight in transformer.parameters()}
    kept: dict[int, Any] = {}
    tokens = asked[1].shape[1]
    pairs = {(tokens, tokens), (tokens, words), (words, tokens)}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if tuple(tensor.shape[-2:]) in pairs:
            left_out.add(storage._cdata)
        kept[storage._cdata] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        held = transformer(*asked, return_dict=False)  # until it is counted
    total = sum(storage.nbytes() for key, storage in kept.items() if key not in left_out)
    del held
    return float(total)


def _tokens(model: Model, latents: tuple[int, int, int, int]) -> int:
    frames, rows, columns = model.transformer["patch_size"]
    return int(latents[1] // frames * (latents[2] // rows) * (latents[3] // columns))


def _width(model: Model) -> int:
    return int(model.transformer["num_attention_heads"] * model.transformer["attention_head_dim"])


def _with_statistics(vae: Mapping[str, Any]) -> dict[str, Any]:
    """The VAE's numbers with means and spreads of its latents, which cost nothing, where they are left out."""
    neutral = {"latents_mean": [0.0] * vae["z_dim"], "latents_std": [1.0] * vae["z_dim"]}
    return {**neutral, **vae}
