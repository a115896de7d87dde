"""The moving picture of the README."""

from pathlib import Path

import numpy as np
from PIL import Image

from puzzlereel.renderers.picture import CAPTION, Panel, write_gif


def test_a_film_with_a_fault_stops_there_framed_in_red_and_the_others_run_on(tmp_path: Path) -> None:
    """Two films that brighten by 40 a frame, the second caught at frame 2."""
    video = np.stack([np.full((64, 96, 3), 40 * t, np.uint8) for t in range(5)])
    write_gif(tmp_path / "a.gif", [Panel(video, "runs"), Panel(video, "caught", 2)], fps=10)
    with Image.open(tmp_path / "a.gif") as picture:
        frames = []
        for t in range(picture.n_frames):  # type: ignore[attr-defined]
            picture.seek(t)
            frames.append(np.asarray(picture.convert("RGB")))

    assert [(32 + CAPTION, 96, 3)] * 5 == [frame.shape for frame in frames]
    assert [0, 40, 80, 120, 160] == [int(frame[16, 24, 0]) for frame in frames]
    assert [0, 40, 80, 80, 80] == [int(frame[16, 72, 0]) for frame in frames]
    assert [False, False, True, True, True] == [bool(frame[1, 60, 0] > frame[1, 60, 1] + 100) for frame in frames]
