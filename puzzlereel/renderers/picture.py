"""Pictures for pages: films side by side as a GIF, which drops frames and is never judged, and stills on a sheet."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from puzzlereel.renderers.draw import Frame
from puzzlereel.renderers.film import Video

SCALE = 2
"""How many pixels of the film become one, each way."""
CAPTION = 22
"""The height of a caption in pixels."""
COLUMNS = 2
GOOD, BAD, PAPER, INK = "#1E8E3E", "#C5221F", "#FFFFFF", "#202124"


STILL = 320
"""The width of a still on a sheet in pixels."""


class Still(NamedTuple):
    png: bytes
    caption: str


class Panel(NamedTuple):
    video: Video
    caption: str
    fault_frame: int | None = None
    """Where the film stops, marked; None where it runs to its end."""


def image_of(frame: Frame) -> Image.Image:
    """A frame as other libraries take it."""
    return Image.fromarray(frame)


def write_gif(path: Path, panels: Sequence[Panel], *, fps: int) -> None:
    """Write the panels, two beside each other, as a GIF that runs for ever; all films must have one size and length."""
    frames = [_page(panels, t) for t in range(len(panels[0].video))]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=1000 // fps, loop=0, optimize=True)


def _page(panels: Sequence[Panel], t: int) -> Image.Image:
    tiles = [_panel(panel, t) for panel in panels]
    width, height = tiles[0].size
    rows = -(-len(tiles) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * width, rows * height), PAPER)
    for n, tile in enumerate(tiles):
        page.paste(tile, ((n % COLUMNS) * width, (n // COLUMNS) * height))
    return page.quantize(256, dither=Image.Dither.NONE)


def _panel(panel: Panel, t: int) -> Image.Image:
    """One film at one moment, framed in red from its fault on, its caption below."""
    fault = panel.fault_frame
    caught = fault is not None and t >= fault
    frame = panel.video[fault if fault is not None and caught else t]
    shrunk = Image.fromarray(np.ascontiguousarray(frame)).reduce(SCALE)
    tile = Image.new("RGB", (shrunk.width, shrunk.height + CAPTION), PAPER)
    tile.paste(shrunk)
    ink = ImageDraw.Draw(tile)
    if caught:
        ink.rectangle((0, 0, shrunk.width - 1, shrunk.height - 1), outline=BAD, width=5)
    words = panel.caption if fault is None or caught else ""
    font = ImageFont.load_default(13)
    ink.text((6, shrunk.height + 3), words, fill=BAD if caught else GOOD, font=font)
    return tile


def write_sheet(path: Path, rows: Sequence[Sequence[Still]]) -> None:
    """Write a PNG of stills in rows, each with its caption below."""
    tiles = [[_still(still) for still in row] for row in rows]
    heights = [max(tile.height for tile in row) for row in tiles]
    gap = CAPTION // 2
    page = Image.new("RGB", (gap + max(map(len, tiles)) * (STILL + gap), gap + sum(heights)), PAPER)
    for n, row in enumerate(tiles):
        for column, tile in enumerate(row):
            page.paste(tile, (gap + column * (STILL + gap), gap + sum(heights[:n])))
    page.save(path, format="PNG")


def _still(still: Still) -> Image.Image:
    """One picture at the width of a still, its caption below."""
    with Image.open(io.BytesIO(still.png)) as picture:
        shrunk = picture.convert("RGB").resize((STILL, max(1, round(picture.height * STILL / picture.width))))
    tile = Image.new("RGB", (STILL, shrunk.height + CAPTION + CAPTION // 2), PAPER)
    tile.paste(shrunk)
    ImageDraw.Draw(tile).text((0, shrunk.height + 3), still.caption, fill=INK, font=ImageFont.load_default(13))
    return tile
