"""Random numbers that depend on what they are for, and on nothing that happened before: the name is the seed.

So a run that was stopped goes on with the same numbers, and a rollout is the same in whatever batch it is made.
"""

import hashlib
from collections.abc import Iterable
from random import Random

import torch
from jaxtyping import Float32
from torch import Tensor


def seed_of(*name: object) -> int:
    """The seed of a purpose, such as ("run", iteration, level, sample, step): 63 bits of its SHA-256."""
    text = "\n".join(f"{type(part).__name__} {part!r}" for part in name)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def normal(seeds: Iterable[int], shape: tuple[int, int, int, int]) -> Float32[Tensor, "batch c f h w"]:
    """Standard normal numbers of a shape for each seed, made on the host whatever the device."""
    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def order(run: str, start: int, count: int, size: int) -> list[int]:
    """Which of `size` things are at the places from `start` on: each of them once, and then anew in another order."""
    places = range(start, start + count)
    rounds = {place // size for place in places}
    shuffled = {number: Random(f"{run}/order/{number}").sample(range(size), size) for number in rounds}
    return [shuffled[place // size][place % size] for place in places]
