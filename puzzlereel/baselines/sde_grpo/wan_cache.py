"""What the text encoder and the VAE say of prompts and first frames, kept on disk: each is asked once.

CACHE/ab/abcdef….safetensors     one tensor, under the hash of all that it depends on, weights included

The text encoder of Wan2.2-TI2V-5B takes 11 GB. It is in memory only while prompts are read that the cache has not got.
"""

import hashlib
import sys
from collections.abc import Sequence
from html import unescape
from pathlib import Path
from typing import Any

import diffusers
import safetensors
import safetensors.torch
import torch
import transformers
from jaxtyping import Float, Float32
from torch import Tensor
from transformers import AutoTokenizer, UMT5EncoderModel

from puzzlereel.files import whole

TOKENS = 512
"""Tokens of a prompt: Wan's own (shared_config.py, text_len)."""
EDGE = 1 << 20
"""How many bytes of a file's beginning and end are looked at, to tell it from others."""


def key_of(*parts: object) -> str:
    """The name of what depends on these parts alone."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else repr(part).encode()
        digest.update(f"{type(part).__name__} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def identity_of(folder: Path) -> str:
    """What tells a model's files from others': names, sizes, and how each begins and ends; the place tells nothing."""
    told = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            begin = file.read(EDGE)
            file.seek(max(0, path.stat().st_size - EDGE))
            told.append((path.relative_to(folder).as_posix(), path.stat().st_size, begin, file.read(EDGE)))
    return key_of(*[part for each in told for part in each])


class Cache:
    """Tensors on disk, by key; what cannot be read is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.safetensors"

    def get(self, key: str) -> Tensor | None:
        try:
            tensor: Tensor = safetensors.torch.load_file(self.path(key))["tensor"]
        except (FileNotFoundError, safetensors.SafetensorError, KeyError):
            return None
        return tensor

    def put(self, key: str, tensor: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Keep a tensor, and give it back; the file is there whole or not at all."""
        with whole(self.path(key)) as draft:
            safetensors.torch.save_file({"tensor": tensor.detach().cpu().contiguous()}, draft)
        return tensor


class Reader:
    """Reads prompts by the text encoder of a pipeline in a folder, which it loads when it has to and lets go again."""

    def __init__(self, folder: Path, *, tokens: int = TOKENS, device: str = "cpu") -> None:
        self.folder, self.tokens, self.device = folder, tokens, device
        self.identity = key_of(*(identity_of(folder / part) for part in ("text_encoder", "tokenizer")))

    def key(self, prompt: str) -> str:
        return key_of("text", self.identity, self.tokens, cleaned(prompt))

    def prepare(self, prompts: Sequence[str], cache: Cache) -> int:
        """Read the prompts that the cache has not got, and how many these were; before training, once for all."""
        missing = [prompt for prompt in dict.fromkeys(prompts) if cache.get(self.key(prompt)) is None]
        if missing:
            quiet()
            tokenizer = AutoTokenizer.from_pretrained(self.folder, subfolder="tokenizer")
            encoder = UMT5EncoderModel.from_pretrained(
                self.folder, subfolder="text_encoder", dtype="auto", use_safetensors=True
            )
            encoder = encoder.to(self.device).eval()
            for prompt in missing:
                cache.put(self.key(prompt), self._ask(tokenizer, encoder, prompt))
        return len(missing)

    def read(self, prompts: Sequence[str], cache: Cache) -> Float32[Tensor, "batch tokens features"]:
        """What the text encoder says of prompts; what is not a word is 0."""
        self.prepare(prompts, cache)
        told = {prompt: cache.get(self.key(prompt)) for prompt in dict.fromkeys(prompts)}
        found = [tensor for tensor in (told[prompt] for prompt in prompts) if tensor is not None]
        return torch.stack(found).float()

    def _ask(self, tokenizer: Any, encoder: Any, prompt: str) -> Float[Tensor, "tokens features"]:
        asked = tokenizer(
            [cleaned(prompt)], padding="max_length", max_length=self.tokens, truncation=True, return_tensors="pt"
        )
        with torch.no_grad():
            told = encoder(asked.input_ids.to(self.device), asked.attention_mask.to(self.device)).last_hidden_state[0]
        words: Tensor = asked.attention_mask[0, :, None].to(told.device) > 0
        return torch.where(words, told, 0.0).cpu()


def quiet() -> None:
    """No bars from the libraries that load models, but on a terminal."""
    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()
        diffusers.utils.logging.disable_progress_bar()


def cleaned(prompt: str) -> str:
    """A prompt with single spaces and no HTML entities, as diffusers has it."""
    return " ".join(unescape(unescape(prompt)).split())
