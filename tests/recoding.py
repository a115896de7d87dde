"""Films after codecs other than the suite's own, as players, web sites and models leave them."""

from collections.abc import Mapping
from fractions import Fraction
from io import BytesIO
from typing import Any, NamedTuple

import av
import numpy as np

from puzzlereel.renderers.film import Video
from puzzlereel.verifiers.redteam.codecs import scheduled_as_before


class Codec(NamedTuple):
    """An encoder of FFmpeg and how it is told to encode."""

    encoder: str
    options: Mapping[str, str]
    container: str = "mp4"


CODECS: Mapping[str, Codec] = {
    "h264_crf28": Codec("libx264", {"crf": "28", "preset": "veryfast"}),
    "h264_crf32": Codec("libx264", {"crf": "32", "preset": "veryfast"}),
    "vp9": Codec("libvpx-vp9", {"crf": "34", "b": "0", "deadline": "realtime", "cpu-used": "8"}, "webm"),
    "av1": Codec("libsvtav1", {"crf": "35", "preset": "8"}),
    "mpeg4": Codec("mpeg4", {"flags": "qscale", "global_quality": str(4 * 118)}),
}
"""The codecs of the promise, near the settings that video tools begin with; 118 is FFmpeg's unit of quality."""


def encode(file: Any, video: Video, codec: Codec, *, fps: int = 8) -> None:
    """Write a film, by name or into an open file, in colours that are not tagged, as most programs do."""
    with scheduled_as_before(), av.open(file, "w", format=codec.container) as container:
        stream: Any = container.add_stream(codec.encoder, rate=fps, options=dict(codec.options))
        stream.height, stream.width, stream.pix_fmt = *video.shape[1:3], "yuv420p"
        stream.codec_context.thread_count = 1
        for t, frame in enumerate(video):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            picture.pts, picture.time_base = t, Fraction(1, fps)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def recoded(video: Video, codec: Codec) -> Video:
    """The frames that a film has after a codec."""
    file = BytesIO()
    encode(file, video, codec)
    file.seek(0)
    with av.open(file, "r") as written:
        found = np.stack([frame.to_ndarray(format="rgb24") for frame in written.decode(video=0)])
    assert len(video) == len(found)
    return found
