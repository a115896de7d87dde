"""Run lengths, as Sokoban collections use them for moves and for rows.

3r2(U2l)       rrrUllUll
4#|#@$.#|4#    ####|#@$.#|####
"""

DIGITS = "0123456789"
DEEPEST = 32
"""The most brackets in one another that are read."""
LONGEST_GROUP = 12
"""The longest group that is looked for where a text is packed."""


class BadRun(ValueError):
    """A text whose run lengths cannot be read; `index` is where, and one more than the last where it ends too soon."""

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.message, self.index = message, index


def unpack(text: str, most: int, bound: str) -> list[int]:
    """The glyphs that a text means, each as the index where it stands there: 2, 3, 2, 3 for "2(rU)".

    BadRun where a count or a bracket has no partner, or where there are more than `most` glyphs, which `bound` says in
    words; nothing is written out before that is known.
    """
    open_groups = [Group()]
    count = ""
    for index, glyph in enumerate(text):
        if glyph in DIGITS:
            count = (count.lstrip("0") + glyph)[:20]
            continue
        if glyph == "(":
            if len(open_groups) > DEEPEST:
                raise BadRun(f"expected at most {DEEPEST} brackets in one another, got one more", index)
            open_groups.append(Group(index, _times(count, index)))
        elif glyph == ")":
            if count or len(open_groups) == 1:
                raise BadRun(f"expected {'something to repeat' if count else 'a ( to close'}, got ')'", index)
            group = open_groups.pop()
            open_groups[-1].add(group, group.size * group.times)
        else:
            times = _times(count, index)
            open_groups[-1].add((index, times), times)
        if open_groups[-1].size > most:
            raise BadRun(f"expected {bound}, got more", index)
        count = ""
    if count:
        raise BadRun("expected something to repeat, got the end", len(text))
    if len(open_groups) > 1:
        raise BadRun("expected a ) for this (, got the end", open_groups[-1].index)
    return open_groups[0].once()


class Group:
    """What stands between two brackets, the first of which is at `index`: runs of one glyph, and other groups."""

    def __init__(self, index: int = 0, times: int = 1) -> None:
        self.index, self.times = index, times
        self.size = 0
        self.parts: list[Group | tuple[int, int]] = []

    def add(self, part: "Group | tuple[int, int]", size: int) -> None:
        """Takes in a part that means so many glyphs."""
        if size:
            self.parts.append(part)
            self.size += size

    def once(self) -> list[int]:
        """The indices of its glyphs."""
        indices: list[int] = []
        for part in self.parts:
            indices += part.once() * part.times if isinstance(part, Group) else [part[0]] * part[1]
        return indices


def _times(count: str, index: int) -> int:
    """How often, as counted before an index; once where no count stands there."""
    if count and not int(count):
        raise BadRun("expected a count of 1 or more, got 0", index - 1)
    return int(count or 1)


def pack(text: str, longest: int = LONGEST_GROUP) -> str:
    """The text with run lengths wherever they make it shorter: `unpack` gives it back.

    Groups of up to `longest` glyphs are looked for; the text has no digits and no brackets of its own.
    """
    parts, start = [], 0
    while start < len(text):
        told, end = text[start], start + 1
        saved = 0
        for size in range(1, longest + 1):
            group = text[start : start + size]
            times = 1
            while text.startswith(group, start + times * size):
                times += 1
            if times == 1:
                continue
            inner = group if size == 1 else f"({pack(group, size // 2)})"
            packed = f"{times}{inner}"
            if times * size - len(packed) > saved:
                saved, told, end = times * size - len(packed), packed, start + times * size
        parts.append(told)
        start = end
    return "".join(parts)
