"""What files do to a film: it is written by an encoder and read back as submissions are."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from puzzlereel.renderers.film import Video
from puzzlereel.renderers.video import ENCODER, read_video
from puzzlereel.verifiers.redteam.filming import Film

FPS = 8
VP9 = {"deadline": "realtime", "cpu-used": "8", "b": "0"}
SVT_AV1 = {"preset": "8", "svtav1-params": "lp=1"}
os.environ.setdefault("SVT_LOG", "1")  # or else it tells its settings for every film


@contextmanager
def scheduled_as_before() -> Iterator[None]:
    """Give this thread its scheduling back: where root runs SVT-AV1, it makes itself real time, and all else waits."""
    before = (os.sched_getscheduler(0), os.sched_getparam(0)) if hasattr(os, "sched_getscheduler") else None
    try:
        yield
    finally:
        if before:
            os.sched_setscheduler(0, *before)


def write_with(path: Path, frames: Video, encoder: str, options: Mapping[str, str], *, pixels: str = "yuv420p") -> None:
    """Write a film with any encoder, its last row or column left out where its height or width is odd."""
    import av

    count, height, width, _ = frames.shape
    height, width = height - height % 2, width - width % 2
    with scheduled_as_before(), av.open(str(path), "w") as container:
        stream: Any = container.add_stream(encoder, rate=FPS, options=dict(options))
        stream.height, stream.width, stream.pix_fmt = height, width, pixels
        stream.codec_context.thread_count = 1
        for t in range(count):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frames[t, :height, :width]), format="rgb24")
            picture.pts, picture.time_base = t, Fraction(1, FPS)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def _through(film: Film, name: str, encoder: str, options: Mapping[str, str]) -> Film:
    """The film as it comes back from a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        write_with(path, film.frames, encoder, options)
        frames = read_video(path)
    if len(frames) != len(film.frames):
        raise AssertionError(f"expected {len(film.frames)} frames from {encoder}, got {len(frames)}")
    return film.but(frames)


def h264(film: Film, strength: float, rng: Random) -> Film:
    """x264 at crf 18 to 32, otherwise as the suite tells it, so that the same film has the same bytes."""
    return _through(film, "film.mp4", "libx264", {**ENCODER, "crf": str(18 + round(14 * strength))})


def vp9(film: Film, strength: float, rng: Random) -> Film:
    """libvpx-vp9 at constant quality 16 to 40, of 63."""
    return _through(film, "film.webm", "libvpx-vp9", {**VP9, "crf": str(16 + round(24 * strength))})


def av1(film: Film, strength: float, rng: Random) -> Film:
    """SVT-AV1, preset 8, at constant quality 20 to 35, of 63; 35 is what it takes by itself.

    Its preset 10 leaves parts of things out for whole frames, at any quality: holes in walls, half an agent.
    """
    return _through(film, "film.mp4", "libsvtav1", {**SVT_AV1, "crf": str(20 + round(15 * strength))})


def mpeg4(film: Film, strength: float, rng: Random) -> Film:
    """FFmpeg's MPEG-4 Part 2 at a fixed quantizer of 2 to 6, of 31."""
    scale = 2 + round(4 * strength)
    return _through(film, "film.mp4", "mpeg4", {"qmin": str(scale), "qmax": str(scale)})


def write_lossless(path: Path, frames: Video) -> None:
    """Write a film as FFV1 in Matroska, from which every pixel comes back; odd sides get a row or column more."""
    height, width = frames.shape[1:3]
    even = np.pad(frames, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    write_with(path, even, "ffv1", {}, pixels="bgr0")
