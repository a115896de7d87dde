"""Files that a stranger may send: films in any container, films that are none, and films whose bytes were changed."""

import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import av
import numpy as np

from puzzlereel.renderers.film import Video

CODECS = {"mp4": "libx264", "webm": "libvpx-vp9", "avi": "mpeg4"}
"""The container, by its suffix, and the encoder of its films."""


def write_any(path: Path, frames: Video, codec: str, *, fps: int = 8) -> None:
    """A film in the container that the name of the file says, by any encoder."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt, stream.bit_rate = "yuv420p", 2_000_000
        stream.codec_context.thread_count = 1
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))


def write_films(folder: Path, video: Video) -> dict[str, bytes]:
    """The same small film in each container."""
    for suffix, codec in CODECS.items():
        write_any(folder / f"film.{suffix}", video, codec)
    return {suffix: (folder / f"film.{suffix}").read_bytes() for suffix in CODECS}


def flip(data: bytearray, rng: Random) -> bytearray:
    """Some bytes are others."""
    for _ in range(rng.choice((1, 3, 20, 200))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return data


def flip_head(data: bytearray, rng: Random) -> bytearray:
    """Some of the first bytes are others, where containers say what is in them."""
    for _ in range(rng.choice((1, 2, 8))):
        data[rng.randrange(min(len(data), 1200))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
    return data


def cut(data: bytearray, rng: Random) -> bytearray:
    """A piece is missing: the end, the beginning, or one between them."""
    first, last = sorted(rng.choices(range(len(data) + 1), k=2))
    return rng.choice((data[:first], data[last:], data[:first] + data[last:]))


def insert(data: bytearray, rng: Random) -> bytearray:
    """Bytes stand where none were: noise, zeros, or the file's own."""
    at, size = rng.randrange(len(data)), rng.choice((1, 4, 64, 1000))
    return data[:at] + rng.choice((rng.randbytes(size), bytes(size), data[:size])) + data[at:]


def swap(data: bytearray, rng: Random) -> bytearray:
    """Two pieces have changed places."""
    a, b, c, d = sorted(rng.choices(range(len(data) + 1), k=4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def repeat_box(data: bytearray, rng: Random) -> bytearray:
    """A box of the container, or another piece that says its length first, stands there twice, or inside itself."""
    spans = list(boxes(bytes(data))) or [(0, len(data) // 2)]
    first, last = rng.choice(spans)
    at = rng.choice((first, last, min(first + 8, last)))
    return data[:at] + data[first:last] + data[at:]


def resize_box(data: bytearray, rng: Random) -> bytearray:
    """A box says that it is longer or shorter than it is."""
    first, _ = rng.choice(list(boxes(bytes(data))) or [(0, len(data))])
    data[first : first + 4] = struct.pack(">I", rng.choice((0, 1, 7, 8, 2**31, 2**32 - 1, rng.randrange(2**16))))
    return data


def numbers(data: bytearray, rng: Random) -> bytearray:
    """A number of four bytes is huge, or nothing: a count, a size, a time."""
    at = rng.randrange(max(1, min(len(data), 2000) - 4))
    data[at : at + 4] = struct.pack(">I", rng.choice((0, 1, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1)))
    return data


MUTATIONS: tuple[Callable[[bytearray, Random], bytearray], ...] = (
    flip,
    flip_head,
    cut,
    insert,
    swap,
    repeat_box,
    resize_box,
    numbers,
)


def boxes(data: bytes, start: int = 0, end: int | None = None, depth: int = 0) -> Iterator[tuple[int, int]]:
    """Where each box of an MP4 file begins and ends, and those inside it."""
    end = len(data) if end is None else end
    while start + 8 <= end and depth < 6:
        size = int.from_bytes(data[start : start + 4], "big")
        if size < 8 or start + size > end or not data[start + 4 : start + 8].isalnum():
            return
        yield start, start + size
        yield from boxes(data, start + 8, start + size, depth + 1)
        start += size


def mutants(films: dict[str, bytes], count: int, seed: str) -> Iterator[tuple[str, bytes]]:
    """Films whose bytes were changed, each under a name that says how; the same seed gives the same ones."""
    for number in range(count):
        rng = Random(f"{seed}/{number}")
        suffix, mutation = list(films)[number % len(films)], MUTATIONS[number // len(films) % len(MUTATIONS)]
        yield f"{number}-{mutation.__name__}.{suffix}", bytes(mutation(bytearray(films[suffix]), rng))


def write_sound(path: Path) -> None:
    """A file in which nothing is to be seen."""
    with av.open(str(path), "w", format="mp4") as container:
        stream: Any = container.add_stream("aac", rate=8000)
        for part in range(4):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.rate, frame.pts, frame.time_base = 8000, 1024 * part, Fraction(1, 8000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
