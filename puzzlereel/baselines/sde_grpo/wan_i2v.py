"""Wan2.1-I2V as the trainer sees it: the same members of `Policy`, with the first frame in channels of its own.

channels of the transformer's input    16 noisy latents │ 4 of a mask │ 16 latents of the first frame and grey after it
first frame ──► image encoder ──► what it says, beside the prompt, where the transformer takes it (Wan2.1)

All latent frames are free, the first one too: the model draws that anew. One timestep stands for all tokens.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float32, UInt8
from torch import Tensor
from transformers import CLIPImageProcessor, CLIPVisionModel

from puzzlereel.baselines.sde_grpo.policy import Condition
from puzzlereel.baselines.sde_grpo.seeds import normal
from puzzlereel.baselines.sde_grpo.wan import Images, Latents, WanPolicy, computing
from puzzlereel.baselines.sde_grpo.wan_cache import identity_of, key_of, quiet
from puzzlereel.renderers.picture import image_of

ENCODER, PROCESSOR = "image_encoder", "image_processor"


class WanI2VPolicy(WanPolicy):
    """A transformer whose input has the first frame in channels of its own, and no others."""

    def encode(self, prompts: Sequence[str], images: Images) -> Condition:
        condition = super().encode(prompts, images)
        if self.transformer.config.image_dim is None:
            return condition
        looks = torch.stack([self._look(image) for image in images])
        return condition._replace(look=looks.to(self.free.device))

    def init(self, condition: Condition, seeds: Sequence[int]) -> Latents:
        return normal(seeds, self.latent_shape).to(condition.first.device)

    def velocity(self, x: Latents, sigma: Float32[Tensor, " batch"], condition: Condition) -> Latents:
        told: dict[str, Any] = {"encoder_hidden_states_image": condition.look, "return_dict": False}
        timestep = 1000 * sigma.to(x.device)
        with computing(self.shape.compute, x.device):
            (v,) = self.transformer(torch.cat([x, condition.first], 1), timestep, condition.text, **told)
        return v.float()

    def _all_free(self) -> bool:
        return True

    def _first(self, image: UInt8[Tensor, "height width 3"]) -> Latents:
        """The mask and the latents of a film that shows the first frame and then grey."""
        key = key_of("channels", self.identity, self.shape.frames, tuple(image.shape), image.cpu().numpy().tobytes())
        found = self.cache.get(key)
        if found is None:
            film = torch.zeros(1, 3, self.shape.frames, *image.shape[:2])
            film[0, :, 0] = image.cpu().movedim(-1, 0).float() / 127.5 - 1
            latents = self._encoded_pixels(film.to(self.free.device)).cpu()
            mask = torch.zeros(1, self.vae.config.scale_factor_temporal, *latents.shape[2:])
            mask[:, :, 0] = 1
            found = self.cache.put(key, torch.cat([mask, latents], 1))
        return found.to(self.free.device)

    def _look(self, image: UInt8[Tensor, "height width 3"]) -> Float32[Tensor, "patches features"]:
        """What the image encoder says of a first frame; it is in memory only while it is asked."""
        folder: Path = self.reader.folder
        identity = key_of(*(identity_of(folder / part) for part in (ENCODER, PROCESSOR)))
        key = key_of("look", identity, tuple(image.shape), image.cpu().numpy().tobytes())
        found = self.cache.get(key)
        if found is None:
            quiet()
            processor = CLIPImageProcessor.from_pretrained(folder, subfolder=PROCESSOR)
            encoder = CLIPVisionModel.from_pretrained(folder, subfolder=ENCODER, use_safetensors=True).eval()
            pixels = processor(images=image_of(image.cpu().numpy()), return_tensors="pt").pixel_values
            with torch.no_grad():
                told = encoder.to(self.free.device)(pixels.to(self.free.device), output_hidden_states=True)
            found = self.cache.put(key, told.hidden_states[-2][0].float().cpu())
        return found.float()
