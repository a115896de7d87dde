"""Random numbers inside kernels: splitmix64 (Steele, Lea, Flood 2014), the same on every machine.

The dice are an array of one 64-bit number, so that a kernel leaves them where its caller goes on.
"""

from random import Random

import numpy as np
from jaxtyping import UInt64

from puzzlereel.puzzles.kernels import kernel

STRIDE = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
HALF = np.uint64(32)


def dice_of(rng: Random) -> UInt64[np.ndarray, "1"]:
    """Dice that fall as the next 64 bits of a random stream have it."""
    return np.array((rng.getrandbits(64),), np.uint64)


@kernel
def roll(dice: UInt64[np.ndarray, "1"], sides: int) -> int:
    """A number from 0 to below `sides`, at most 2**31; each is as likely as the others within 2**-32 times `sides`."""
    dice[0] += STRIDE
    mixed = dice[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * SECOND
    mixed ^= mixed >> np.uint64(31)
    return int(((mixed >> HALF) * np.uint64(sides)) >> HALF)
