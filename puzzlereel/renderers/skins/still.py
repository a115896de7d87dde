"""Pictures of strangers, read within bounds, and parts of frames in another size."""

from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.draw import Frame

MOST_FILE, MOST_SIDE = 16 * 2**20, 4096
"""The largest picture that is read, in bytes and in pixels a side."""


class BadStill(PuzzlereelError):
    """A file that is no picture, or is larger than what is read."""


def read_still(path: Path) -> Frame:
    """The picture in a PNG or JPEG file; BadStill where there is none."""
    try:
        if path.stat().st_size > MOST_FILE:
            raise BadStill(f"expected a picture of at most {MOST_FILE} bytes in {path.name}")
        with Image.open(path, formats=("PNG", "JPEG")) as opened:
            if max(opened.size) > MOST_SIDE:
                raise BadStill(f"expected at most {MOST_SIDE} pixels a side, got {opened.size} in {path.name}")
            return np.asarray(opened.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        said = str(error).replace(str(path), path.name)[:100]
        raise BadStill(f"expected a PNG or JPEG picture in {path.name}, got: {said}") from None


def resized(
    frame: Frame, size: tuple[int, int], box: tuple[float, float, float, float]
) -> UInt8[np.ndarray, "new_height new_width 3"]:
    """What lies in a box of (left, top, right, bottom) pixels of a frame, in another size of (height, width)."""
    shrinks = box[2] - box[0] > size[1]
    filtered = Image.fromarray(frame).resize(
        size[::-1], Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR, box=box
    )
    return np.asarray(filtered)
