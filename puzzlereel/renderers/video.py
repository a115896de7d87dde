"""Video files in and out; the one module that knows the codec.

H.264 in MP4 as browsers play it: 4:2:0, BT.709, limited range, all three tags set, chroma averaged over whole pixels,
one thread so that the same frames give the same bytes, and the index first so that a page can start at once.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from jaxtyping import UInt8

from puzzlereel.files import whole
from puzzlereel.puzzles.core import PuzzlereelError
from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import MOST_BYTES, MOST_FRAMES, Shot, Video, shots_of
from puzzlereel.renderers.planes import Planes, View, mixing

Shown = TypeVar("Shown")
Plane = UInt8[np.ndarray, "rows columns"]
BT709, LIMITED, FULL = 1, 1, 2
"""The numbers of the H.264 standard for BT.709 (primaries, transfer, matrix) and of FFmpeg for the two ranges."""
BT601 = 2, 5, 6
"""Those for BT.601, which is taken where none is told."""
SUBSAMPLED = "yuv420p", "yuvj420p"
"""The formats of planes that are looked at as they are; the second is of full range, whatever it says."""
MOST_PIXELS, MOST_FILE = 1920 * 1088, 256 * 2**20
"""The largest frame and the largest file, in bytes, that are decoded: beyond that a film is refused, unread."""

ENCODER = {"crf": "18", "preset": "veryfast", "x264-params": "mbtree=0:qcomp=0.9"}
"""How x264 is told to encode: without its macroblock tree, which reads memory that it never wrote, so that the same
frames now and then gave other bytes; the curve of the quantizer makes up for it in size."""

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif"
"""The containers that are opened; FFmpeg's playlists would read whatever files they name."""

HELD = 31 * 2**20
"""The bytes that are taken and given back once, so that the system's allocator keeps memory of that size for frames."""


class BadVideo(PuzzlereelError):
    """A file that is not there, is no film, or is larger than what is decoded."""


def write_video(path: Path, video: Video, *, fps: int) -> None:
    """Write the MP4 file of a film, which appears whole or not at all; its height and width must be even."""
    write_shots(path, shots_of(video), video.shape[1:3], fps=fps)


def write_shots(path: Path, shots: Iterable[Shot], size: tuple[int, int], *, fps: int) -> None:
    """Write the MP4 file of a film while it is made, its frames of `size` (height, width)."""
    import av

    height, width = size
    check_film(1, height, width)
    if not path.name or (path.exists() and not path.is_file()):
        raise BadVideo(f"expected the name of a file to write, got {str(path)!r}")
    with whole(path) as draft, av.open(str(draft), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream: Any = container.add_stream("libx264", rate=fps, options=dict(ENCODER))
        stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
        context = stream.codec_context
        context.thread_count = 1
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED
        screen = Screen(height, width)
        for t, shot in enumerate(shots):
            picture = screen.show(shot)
            picture.pts, picture.time_base = t, Fraction(1, fps)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def check_film(frames: int, height: int, width: int) -> None:
    """BadVideo where films of that size cannot be written, or would not be read."""
    if height % 2 or width % 2:
        raise BadVideo(f"expected an even height and width for H.264, got {height}x{width}")
    if height * width > MOST_PIXELS:
        raise BadVideo(f"expected at most {MOST_PIXELS} pixels a frame, got {height}x{width}")
    if frames > MOST_FRAMES:
        raise BadVideo(f"expected at most {MOST_FRAMES} frames, got {frames}")
    if (size := frames * height * width * 3) > MOST_BYTES:
        raise BadVideo(f"expected a film of at most {MOST_BYTES} bytes in memory, got {size}")


AROUND = 8
"""How many pixels more are converted on each side: the converter looks at the neighbours of each."""


class Screen:
    """A picture in the encoder's own planes, of which only what is new is converted.

    The encoder has taken its copy when `encode` returns, so that one picture serves for all frames.
    """

    def __init__(self, height: int, width: int) -> None:
        import av

        self.picture: Any = av.VideoFrame(width, height, "yuv420p")
        self.picture.colorspace, self.picture.color_range = BT709, LIMITED
        self.planes = _planes(self.picture)
        self.converters: dict[tuple[int, ...], Any] = {}
        """One for each size, since they are slow to make."""

    def show(self, shot: Shot) -> Any:
        """The picture with a shot on it."""
        if shot.changed is not None:
            height, width, _ = shot.frame.shape
            top, bottom, above, below = _around(shot.changed.top, shot.changed.bottom, height)
            left, right, before, behind = _around(shot.changed.left, shot.changed.right, width)
            pieces = self._convert(np.ascontiguousarray(shot.frame[above:below, before:behind]))
            for plane, piece, side in zip(self.planes, pieces, (1, 2, 2), strict=True):
                plane[top // side : bottom // side, left // side : right // side] = piece[
                    (top - above) // side : (bottom - above) // side, (left - before) // side : (right - before) // side
                ]
        return self.picture

    def _convert(self, piece: Frame) -> list[Plane]:
        import av
        from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

        converter = self.converters.setdefault(piece.shape, VideoReformatter())
        return _planes(
            converter.reformat(
                av.VideoFrame.from_ndarray(piece, format="rgb24"),
                format="yuv420p",
                interpolation=Interpolation.AREA,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                threads=1,
            )
        )


def _around(first: int, last: int, side: int) -> tuple[int, int, int, int]:
    """A stretch of pixels from even to even, since colour is stored for 2 by 2, and a longer one, within a side."""
    first, last = first - first % 2, last + last % 2
    return first, last, max(0, first - AROUND), min(side, last + AROUND)


def _planes(picture: Any) -> list[Plane]:
    """The planes of a picture, as arrays on its own memory."""
    rows = [np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size) for plane in picture.planes]
    return [row[: plane.height, : plane.width] for row, plane in zip(rows, picture.planes, strict=True)]


def read_video(path: Path) -> Video:
    """All frames of a film; BadVideo where the file is none, is empty, or goes beyond the limits."""
    frames = list(frames_of(path))
    if not frames:
        raise BadVideo(f"expected a film with frames, got none in {path.name}")
    video = np.empty((len(frames), *frames[0].shape), np.uint8)
    for t in reversed(range(len(frames))):
        video[t] = frames.pop()  # one by one, so that the film is not in memory twice
    return video


def frames_of(path: Path) -> Iterator[Frame]:
    """The frames of a film one by one, each in memory of its own; BadVideo as in `read_video`, when it comes to it."""
    return _decoded(path, _pixels_by())


def views_of(path: Path) -> Iterator[View]:
    """The same, in planes where the film has such as are known."""
    pixels = _pixels_by()
    return _decoded(path, lambda picture: _planes_in(picture) or pixels(picture))


def _pixels_by() -> Callable[[Any], Frame]:
    """What makes pixels of a film's pictures: one for all of them, since it is slow to begin."""
    from av.video.reformatter import VideoReformatter

    converter = VideoReformatter()
    return lambda picture: converter.reformat(picture, format="rgb24", threads=1).to_ndarray()


def _planes_in(picture: Any) -> Planes | None:
    """The planes of a picture of even sides, 8 bits and known colours; None of any other."""
    name, colours, planes = picture.format.name, picture.colorspace, picture.planes
    is_known = name in SUBSAMPLED and colours in (BT709, *BT601) and picture.height % 2 == picture.width % 2 == 0
    if not is_known or any(plane.line_size < plane.width for plane in planes):
        return None
    mixed = _mixing(colours == BT709, name == "yuvj420p" or picture.color_range == FULL)
    luma, blue, red = (np.frombuffer(plane, np.uint8).reshape(plane.height, -1) for plane in planes)
    return Planes(luma, blue, red, picture.width, *mixed)


@lru_cache(maxsize=4)
def _mixing(is_709: bool, is_full: bool) -> Any:
    return mixing(is_709=is_709, is_full=is_full)


def _decoded(path: Path, shown: Callable[[Any], Shown]) -> Iterator[Shown]:
    """What the pictures of a film show, one by one, within the limits."""
    import av

    if not path.is_file():
        raise BadVideo(f"expected a video file, found none at {path}")
    if path.stat().st_size > MOST_FILE:
        raise BadVideo(f"expected at most {MOST_FILE} bytes, got {path.stat().st_size} in {path.name}")
    _hold_memory()
    try:
        with _opened(path) as container:
            stream = _pictures(container, path)
            _check_size(stream.codec_context.height, stream.codec_context.width, path)
            stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}  # of frames that say another size later
            stream.thread_count = 1
            shape = None
            for count, frame in enumerate(container.decode(stream), start=1):
                _check_size(frame.height, frame.width, path)
                shape = shape or (frame.height, frame.width)
                if (frame.height, frame.width) != shape or count > MOST_FRAMES:
                    raise BadVideo(f"expected up to {MOST_FRAMES} frames of one size in {path.name}")
                if (size := count * frame.height * frame.width * 3) > MOST_BYTES:
                    raise BadVideo(
                        f"expected a film of at most {MOST_BYTES} bytes in memory, got {size} in {path.name}"
                    )
                yield shown(frame)
    except av.error.FFmpegError as error:
        raise BadVideo(f"expected a video, got a file that does not decode: {path.name} ({error.strerror})") from None


def _opened(path: Path) -> Any:
    """The container of a file, and of nothing but a file, whatever its name looks like."""
    import av

    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file", "max_pixels": str(MOST_PIXELS)}
    return av.open(f"file:{path}", metadata_errors="replace", options=options)


def _pictures(container: Any, path: Path) -> Any:
    """The first video stream; BadVideo where there is none, or none of a codec that is known."""
    if not container.streams.video:
        raise BadVideo(f"expected a video stream, found none in {path.name}")
    if container.streams.video[0].codec_context is None:
        raise BadVideo(f"expected a video stream of a known codec, found another in {path.name}")
    return container.streams.video[0]


@lru_cache(maxsize=1)
def _hold_memory() -> None:
    """Have the allocator of the GNU library keep what frames give back, since fresh pages cost more than converting."""
    np.empty(HELD, np.uint8)


def _check_size(height: int, width: int, path: Path) -> None:
    if min(height, width) < 1:
        raise BadVideo(f"expected at most {MOST_PIXELS} pixels a frame, got none or far more in {path.name}")
    if height * width > MOST_PIXELS:
        raise BadVideo(f"expected at most {MOST_PIXELS} pixels a frame, got {height}x{width} in {path.name}")


class Told(NamedTuple):
    """What a video file says of itself."""

    frames: int
    height: int
    width: int
    fps: float


def told_by(path: Path) -> Told:
    """What the header of a film says; BadVideo where the file is none."""
    import av

    try:
        with _opened(path) as container:
            stream = _pictures(container, path)
            context = stream.codec_context
            return Told(stream.frames, context.height, context.width, float(stream.average_rate or 0))
    except av.error.FFmpegError:
        raise BadVideo(f"expected a video, got a file that does not decode: {path.name}") from None


def png_of(frame: Frame) -> bytes:
    """One frame as a PNG file."""
    from imageio import v3 as imageio

    return bytes(imageio.imwrite("<bytes>", frame, extension=".png"))
