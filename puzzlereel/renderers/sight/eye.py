"""The eye: what every frame of a film shows, one after the other.

It begins with the first frame, held against the first board, and then follows the board when it shakes or drifts, and
the light when it changes. Of a frame that is like the last one only the rows that are new are looked at.
"""

from collections import Counter
from dataclasses import replace

import numpy as np

from puzzlereel.puzzles.board import Board
from puzzlereel.renderers.layout import Canvas, usual_layout
from puzzlereel.renderers.planes import View
from puzzlereel.renderers.sight.bending import bends_of, usual_bends
from puzzlereel.renderers.sight.calibrate import calibrate
from puzzlereel.renderers.sight.clipped import lens_in
from puzzlereel.renderers.sight.fit import DAYLIGHT, MOST_MIXED, Cells, Light, Plainly, far_off, off_by_cell
from puzzlereel.renderers.sight.follow import Told, completed, follow, is_still, lit, noise_of, rare_of, told_by
from puzzlereel.renderers.sight.lens import Bend, Lens
from puzzlereel.renderers.sight.looks import TOLERANCE, Lexicon, Name, lexicon_of
from puzzlereel.renderers.sight.margin import Around, beside
from puzzlereel.renderers.sight.nearest import (
    MOST_NOISE,
    Edges,
    Looks,
    allowed,
    bear,
    beyond_edges,
    is_same,
    leniency,
    nearest,
    off_by,
    still,
    wanted_of,
)
from puzzlereel.renderers.sight.patches import (
    COLOURS,
    Patches,
    Picture,
    Pose,
    as_picture,
    by_cell,
    kept,
    middle,
    new_rows_in,
    picture_at,
    pose_of,
    put_by_cell,
    visible_of,
)
from puzzlereel.renderers.sight.sampled import off_as_sampled
from puzzlereel.renderers.sight.shifted import may_lie_further
from puzzlereel.renderers.sight.sighting import BadFrame, Sight, grain_of, may_come_to
from puzzlereel.renderers.skins import Skin

CLEAR, CLEARLY = 2.0, 6.0
"""How far off cells are on average, and each of them, at most, in a film that is taken to be just as it was drawn."""
MOST_RESTLESS = 9.0
"""How far off the cells may be on average, of 255, when board and light have been followed."""
UNEASY = 0.3
"""How far off they are on average where a film is not quite as it was drawn."""
SOFTER = (0.0125, 0.025, 0.0375, 0.05)
"""How much less sharp a frame may be than the first one, as shares of a cell: so it is when it lies between pixels."""
MOST_TOLERANCE = 20.0
"""The most that is tolerated where the first frame itself is off the board that it shows, of 255."""
NOISY = 8
"""A canvas beside the board on which as much stands out as an eighth of what may is held against the first frame."""
ALIKE = 0.3
"""How far a cell of the first frame may be off what it should show, and is nearest to, as a share of the way to the
next look, or `tolerance`, to be held against itself from then on."""
LEAST_CONTRAST = 0.5
"""How much of the contrast that the board was drawn with must be left in the first frame."""


class Eye:
    """Looks at the frames of one film of a board that begins as `start`."""

    def __init__(self, first: View, start: Board, skin: Skin) -> None:
        self.skin, self.start = skin, start
        self.canvas = Canvas(*first.shape[:2])
        kinds = [] if skin.is_stiff else [skin.look(glyph).kind for _, glyph in start.items()]
        self.walkers = frozenset(kind for kind in kinds if kind and kinds.count(kind) == 1)
        self.light = DAYLIGHT
        self.wanted: Patches
        """What is seen as long as nothing moves."""
        self.context: Patches
        """What the cells around each add to it."""
        self.told: Told
        self.edges = Edges()
        self.around: Around | None = None
        self.turn = 0
        """How many frames have been looked at beside the board: other pixels in each."""
        self.bent: Counter[Name] = Counter()
        """How often walkers were seen that were bent."""
        self.first: View = first.copy()
        self.last: View = first.copy()  # who makes frames may draw upon the same one again
        self.plain = usual_layout(start.shape, self.canvas, skin.rim.cells)
        self._calibrate(first)
        self.bare = False
        """Whether the film is just as it was drawn, and nothing stands beside the board in its first frame."""
        if self.plain:
            margin = beside(skin, self.plain, self.canvas)
            self.bare = margin.is_empty(first)
            if not self.bare or margin.worst(first) > margin.most / NOISY:
                self.around = Around(first, self.pose, *start.shape)
        self.quiet = seen = self._patches(first)
        """The last frame in which board and light were surely as they had been."""
        change = self._change(seen)
        self.calm, self.noise = self.told.calm(change), middle(self._nearest(seen)[1])
        self.sight = self._classed(seen, change, margin=True)
        self.strain = self.lost = 0.0
        """How far off the last frame's worst cell was for no reason; how restless the last one was that was lost."""
        self.grain = grain_of(first, self.lexicon, self.lens, self.sight)

    def _calibrate(self, first: View) -> None:
        """Take the film to be as it was drawn where that will do, or else as it comes nearest to the first board."""
        self.sound, plainly = True, None
        if self.plain:
            seen = self._put_on(pose_of(self.plain), Lens(self.plain.px), first)
            looks, off = self._nearest(seen)
            far = far_off(off, self.told.counts)
            if (
                (far < CLEAR or far < np.hypot(CLEAR, 1.5 * noise_of(seen - self.wanted, self.expected)))
                and (off < np.minimum(CLEARLY, self.lexicon.near[looks])).all()
                and not may_lie_further(looks, self.expected, self.ground, self.lexicon)
            ):
                return
            apart = off_by_cell(as_picture(seen), as_picture(self.lexicon.own[self.expected]))
            plainly = Plainly(apart, float(off.max()), self.told.counts)
        found = calibrate(first, self.start, self.skin, self.plain, self.walkers)
        mixed = np.array(found.lens.mix).reshape(3, 4)[:, :3][~np.eye(3, dtype=bool)]
        self.sound = bool(LEAST_CONTRAST < found.contrast < 1 / LEAST_CONTRAST and np.abs(mixed).max() < MOST_MIXED)
        if plainly and not (self.sound and plainly.is_further_than(found.off)):
            self.sound = True
            return
        self.plain = None
        seen = self._put_on(found.pose, found.lens, first)
        off = self._change(seen)
        self.tolerance = float(np.clip(TOLERANCE / 2 + 2.5 * np.quantile(off, 0.95), TOLERANCE, MOST_TOLERANCE))
        nearer = np.minimum(off, off_as_sampled(seen, self.start, self.skin, found.pose, found.lens))
        alike = nearer < np.maximum(self.tolerance, ALIKE * self.lexicon.apart[self.expected])
        alike &= ~self.lexicon.differ(self._nearest(seen)[0], self.expected, self.ground)
        self.offset = np.where(alike[:, :, None], seen - self.wanted, 0).astype(np.float32)
        self.wanted = self.wanted + self.offset
        self.around = Around(first, self.pose, *self.start.shape)

    def _put_on(self, pose: Pose, lens: Lens, first: View) -> Patches:
        """Look through a lens at a board that lies in a pose: what is seen of it in the first frame."""
        self.begin = pose
        self._lay(pose)
        self._take(lens)
        seen = self._patches(first)
        if not lens.bends and (bends := bends_of(seen - self.context, self.start, self.skin, lens, self.walkers)):
            self._take(replace(lens, bends=bends))
        return seen

    def _take(self, lens: Lens) -> None:
        self.lens, self.lexicon = lens, lexicon_of(self.skin, lens, self.walkers)
        sharp, colour = lens.soft
        self.lenses = [lens, *(replace(lens, soft=(sharp + more, colour + more)) for more in SOFTER)]
        self.expected = self.lexicon.looks_of(self.start)
        grounds = [self.lexicon.grounds.index(self.skin.look(glyph).ground) for _, glyph in self.start.items()]
        self.ground = np.array(grounds).reshape(self.start.shape)
        self.looks, self.tolerance = self.expected, TOLERANCE
        self.offset = np.zeros((*self.start.shape, COLOURS), np.float32)
        self.context = self._context(self.lexicon, lens)
        self.wanted = wanted_of(self.looks, self.lexicon, self.context, self.offset)
        self.told = told_by(self.looks, self.lexicon, is_stiff=self.skin.is_stiff)

    def bends(self, kind: str) -> list[Bend]:
        """How sprites of a kind were bent, if they were: in the first frame, and the two commonest ways."""
        return usual_bends(kind, self.lens.bends, self.bent)

    def see(self, frame: View) -> Sight:
        """What the next frame shows."""
        if frame.shape != self.last.shape:
            raise BadFrame(f"expected frames of {self.canvas.height}x{self.canvas.width}, got {frame.shape}")
        new = new_rows_in(frame, self.last)
        if new is None:
            return self.sight
        self.last = kept(frame, self.last, new)
        seen = self._patches(frame, new)
        change = self._change(seen)
        if self._is_elsewhere(seen, change):
            seen = self._follow(frame, seen)
            change = self._change(seen)
        if self.plain is None:
            strain = self._strain(change)
            if strain > 1.05 * self.strain:
                seen = self._follow(frame, seen, strained=True)
                change = self._change(seen)
                strain = self._strain(change)
            self.strain = strain
        self.sight = self._classed(seen, change, margin=self._is_calm(frame, seen))
        return self.sight

    def _patches(self, frame: View, new: slice | None = None) -> Patches:
        """The patches of a frame, of which only the rows of cells that have new pixels are cut anew."""
        rows, columns = self.start.shape
        first, end = 0, rows
        if new and self.light is DAYLIGHT:
            first = max(0, int((new.start - self.pose.top) // self.pose.high))
            end = min(rows, int(-((self.pose.top - new.stop) // self.pose.high)))
        seen = self.sight.patches.copy() if end - first < rows else np.empty((rows, columns, COLOURS), np.float32)
        if first < end:
            strip = self.pose._replace(top=self.pose.top + first * self.pose.high)
            picture = picture_at(frame, strip, end - first, columns)
            if self.light is not DAYLIGHT:
                picture = completed(picture, self.light.turned_back(picture), as_picture(self.wanted))
            put_by_cell(picture, seen[first:end])
        return seen

    def _change(self, seen: Patches) -> Cells:
        """How far each cell is off what is wanted, where nothing has changed."""
        return off_by(seen, self.wanted, self.visible)

    def _strain(self, change: Cells) -> float:
        """How far off the cell is that is furthest beyond what it may be, where nothing can be under way; else 0."""
        noise = middle(change)
        beyond, may, is_all = allowed(self.looks, change, self.lexicon, leniency(self.tolerance, noise), noise)
        return 0.0 if is_all else float((beyond * (beyond >= may) * still(self.looks, self.lexicon)).max())

    def _is_elsewhere(self, seen: Patches, change: Cells) -> bool:
        """Whether the board may have moved, or the light changed, otherwise than where it could not be followed."""
        off, enough = self.told.restless(change), self.calm.enough
        if off <= enough:
            self.quiet = seen
            return False
        if 0.95 * self.lost < off < 1.05 * self.lost:
            return False
        if is_still(seen, self.quiet, enough) and self.calm.stays(self.told, change):
            return False
        return bool(self.told.restless(self._nearest(seen)[1]) > enough)  # or another board is seen

    def _follow(self, frame: View, seen: Patches, *, strained: bool = False) -> Patches:
        """The patches of a frame in which the board lies elsewhere, or the light is another, within bounds."""
        change = self._change(seen)
        before, stays = self.told.restless(change), not strained and self.calm.stays(self.told, change)
        enough, was = 0.0 if strained else self.calm.enough, (self.lens, self.lenses)
        rare, well = rare_of(self.looks, self.lexicon), min(enough, self.calm.well)
        found = follow(frame, self._wanted_in, self.pose, self.light, rare, self.told, well, self.begin, stays=stays)
        may_be = found.light.may_show(found.seen) and may_come_to(found.pose, self.begin, self.start.shape, self.canvas)
        if may_be and (bright := lens_in(found.light, self.lens, self.skin)) is not self.lens:
            self.lenses = [replace(lens, light=bright.light) for lens in self.lenses]
            self._look_through(bright)
            found = lit(frame, as_picture(self.wanted), found.pose, found.light)
        turned = by_cell(found.seen)
        after = self._focus(turned)
        if not may_be or after > (enough if stays else min(MOST_RESTLESS, 0.95 * before)):
            lens, self.lenses = was
            self._look_through(lens)
            self.lost = before
            return seen
        if self.around is None:
            self.around = Around(self.first, self.begin, *self.start.shape)
        self.calm = self.told.calm(self._change(turned), self.calm)
        self.plain, self.light, self.lost = None, found.light, 0.0
        self._lay(found.pose)
        self.quiet = turned
        return turned

    def _wanted_in(self, light: Light) -> Picture:
        """What is seen as long as nothing moves, in another light."""
        if (lens := lens_in(light, self.lens, self.skin)) is self.lens:
            return as_picture(self.wanted)
        lexicon = lexicon_of(self.skin, lens, self.walkers)
        return as_picture(wanted_of(self.looks, lexicon, self._context(lexicon, lens), self.offset))

    def _context(self, lexicon: Lexicon, lens: Lens) -> Patches:
        """What the cells around each add to it, through a lens."""
        return lexicon.context(self.looks) if any(lens.soft) else np.zeros_like(self.offset)

    def _focus(self, seen: Patches) -> float:
        """Look through the lens of all that are a little less sharp that shows most; how far off cells are then."""
        sharp = self.lenses[0]
        best = None
        for lens in self.lenses:
            self._look_through(lens)
            off = self.told.restless(self._change(seen))
            if best is None or off < (0.95 if lens is not sharp else 1) * best[0]:
                best = off, lens
        assert best is not None
        self._look_through(best[1])
        return best[0]

    def _look_through(self, lens: Lens) -> None:
        if lens is self.lens:
            return
        self.lens, self.lexicon = lens, lexicon_of(self.skin, lens, self.walkers)
        self.context = self._context(self.lexicon, lens)
        self.wanted = wanted_of(self.looks, self.lexicon, self.context, self.offset)

    def _lay(self, pose: Pose) -> None:
        """Take the board to lie in a pose."""
        self.pose, self.visible = pose, visible_of(self.first, pose, self.start.shape)

    def _nearest(self, seen: Patches) -> tuple[Looks, Cells]:
        """The look that each cell is nearest to, and how far off it is, of 255."""
        alone = seen - self.context if any(self.lens.soft) else seen
        return nearest(alone, self.looks, self.lexicon, self.expected, self.ground, self.offset, self.visible)

    def _classed(self, seen: Patches, change: Cells, *, margin: bool) -> Sight:
        """What patches show that are so far off what is wanted."""
        noise = middle(change)
        if noise > MOST_NOISE:  # much has changed: that is no noise
            noise = self.noise
        looks, off = self._nearest(seen)
        if any(self.lens.soft) and (looks != self.looks).any():
            self._expect(np.where(off < self.tolerance, looks, self.looks))
            looks, off = self._nearest(seen)
        factor = leniency(self.tolerance, noise)
        (beyond, may, is_all), blunt = allowed(looks, off, self.lexicon, factor, noise), 0.0
        if not is_all:
            beyond, blunt = beyond_edges(beyond, self.edges.steepness(looks, self.lexicon, self.context))
            if self.visible is None:
                begun = (looks == self.expected)[:, :, None]
                held = looks, self.looks
                bear(*held, beyond, may, factor, self.lexicon, lambda: seen - self.context - begun * self.offset)
        settled = (beyond < may) & (legible := noise <= MOST_NOISE and self.sound)
        self._expect(looks if is_all and legible else np.where(settled, looks, self.looks))
        self.noise = noise
        if len(self.lexicon.names) > self.lexicon.unbent <= looks.max():
            self.bent.update(self.lexicon.names[look] for look in looks[settled & (looks >= self.lexicon.unbent)])
        glyphs = self.lexicon.glyphs[looks, self.ground]
        return Sight(looks, glyphs, beyond, settled, seen, margin, self.pose, noise, blunt, self.visible, self.lens)

    def _expect(self, looks: Looks) -> None:
        """Take a board to be shown, until another one is seen."""
        if is_same(looks, self.looks):
            return
        self.looks, self.told = looks, told_by(looks, self.lexicon, is_stiff=self.skin.is_stiff)
        if any(self.lens.soft):
            self.context = self.lexicon.context(looks)
        self.wanted = wanted_of(looks, self.lexicon, self.context, self.offset)

    def _is_calm(self, frame: View, seen: Patches) -> bool:
        """Whether nothing is drawn beside the board.

        Where the board itself is not quite as it was drawn, what the first frame shows beside it counts too.
        """
        if self.plain and self.around is None:
            self.turn += 1
            if beside(self.skin, self.plain, self.canvas).is_empty(frame, self.turn):
                return True
            if self.told.restless(self._change(seen)) < UNEASY:
                return False
            self.around = Around(self.first, self.begin, *self.start.shape)
        return self.around is None or self.around.is_calm(frame, self.pose, self.light)
