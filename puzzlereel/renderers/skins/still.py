"""Pictures of strangers, read within bounds, and parts of frames in another size."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.draw import Frame

MOST_FILE, MOST_SIDE = 16 * 2**20, 4096
"""The largest picture that is read, in bytes and in pixels a side."""


class BadPicture(PuzzlereelError):
    """A file that is no picture, or is larger than what is read."""


def opened(path: Path, mode: str, *, most_bytes: int = MOST_FILE, most_side: int = MOST_SIDE) -> Image.Image:
    """The picture in a PNG or JPEG file, in one of Pillow's modes; BadPicture where there is none, or a larger one."""
    try:
        if (size := path.stat().st_size) > most_bytes:
            raise BadPicture(f"expected a picture of at most {most_bytes} bytes, got {size} in {path.name}")
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            if max(picture.size) > most_side:
                raise BadPicture(f"expected at most {most_side} pixels a side, got {picture.size} in {path.name}")
            return picture.convert(mode)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        said = str(error).replace(str(path), path.name)[:100]
        raise BadPicture(f"expected a PNG or JPEG picture in {path.name}, got: {said}") from None


def read_still(path: Path) -> Frame:
    """The picture in a PNG or JPEG file; BadPicture where there is none."""
    return np.asarray(opened(path, "RGB"))


def resized(
    frame: Frame, size: tuple[int, int], box: tuple[float, float, float, float]
) -> UInt8[np.ndarray, "new_height new_width 3"]:
    """What lies in a box of (left, top, right, bottom) pixels of a frame, in another size of (height, width)."""
    shrinks = box[2] - box[0] > size[1]
    filtered = Image.fromarray(frame).resize(
        size[::-1], Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR, box=box
    )
    return np.asarray(filtered)
