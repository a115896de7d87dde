"""The tensors of a checkpoint on disk: in one file, or their rows in as many as there were processes.

tensors.safetensors                     all of them
tensors-00001-of-00002.safetensors      the first rows of those that are in other files too, and all of the others
tensors-00002-of-00002.safetensors      the rows that follow

Any number of processes reads what any other number wrote, each no more than its own rows.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from puzzlereel.baselines.sde_grpo import ranks


def file_name(number: int, count: int) -> str:
    """The name of one of so many files, from 0 on."""
    return "tensors.safetensors" if count == 1 else f"tensors-{number + 1:05d}-of-{count:05d}.safetensors"


class Held:
    """What is in the files of a folder; OSError or SafetensorError where they are not all there and whole."""

    def __init__(self, folder: Path) -> None:
        count = max(1, len([*folder.glob("tensors-*-of-*.safetensors")]))
        files = [safetensors.safe_open(folder / file_name(number, count), "pt") for number in range(count)]
        self.holders = defaultdict[str, list[Any]](list)
        for file in files:
            names: list[str] = file.keys()  # type: ignore[no-untyped-call, unused-ignore]
            for name in names:
                self.holders[name].append(file)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, with all its rows."""
        shapes = [tuple(file.get_slice(name).get_shape()) for file in self.holders[name]]
        return (sum(shape[0] for shape in shapes), *shapes[0][1:]) if len(shapes) > 1 else shapes[0]

    def whole(self, name: str) -> Tensor:
        """A tensor."""
        parts = [file.get_tensor(name) for file in self.holders[name]]
        return torch.cat(parts) if len(parts) > 1 else parts[0]

    def rows(self, name: str, rows: range) -> Tensor:
        """Some rows of a tensor."""
        found, at = list[Tensor](), 0
        for file in self.holders[name]:
            part = file.get_slice(name)
            there = part.get_shape()[0]
            begin, end = max(rows.start - at, 0), min(rows.stop - at, there)
            found += [part[begin:end]] if begin < end else []
            at += there
        return torch.cat(found) if found else self.holders[name][0].get_tensor(name)[:0]

    def like(self, name: str, tensor: Tensor) -> Tensor:
        """What this process has of a tensor, if it has of it what it has of another one of that shape."""
        shared = ranks.is_sharded(tensor) and self.shape(name) == tuple(tensor.shape)
        return self.rows(name, ranks.rows_of(tensor)) if shared else self.whole(name)


def own_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What this process has to write: its rows of tensors that are shared out, and the first one all others."""
    own = {name: tensor for name, tensor in tensors.items() if ranks.first() or ranks.is_sharded(tensor)}
    return {name: ranks.local(tensor).detach().contiguous() for name, tensor in own.items()}
