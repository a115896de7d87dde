"""The hot loops of generators and solvers, compiled by numba on their first call and kept on disk from then on.

    level ──► arrays ──kernel──► arrays ──► moves ──► replayed under the rules of the puzzle

Nothing here decides what is lawful: a kernel's answer counts only once the puzzle's own `step` has taken every move.
Kernels are imported inside the functions that call them, since numba itself takes longer to import than most commands.
"""

from collections.abc import Callable
from inspect import unwrap
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """The function, compiled for the types of its first call; without numba's compiler it runs as plain Python.

    Checks of shapes that tests wrap around it are left out.
    """
    return cast(Function, njit(cache=True)(unwrap(function)))


def summing_kernel(function: Function) -> Function:
    """The same, whose sums are taken in any order: many numbers at once, and so with another last digit."""
    return cast(Function, njit(cache=True, fastmath={"reassoc", "contract"})(unwrap(function)))
