"""The card of a sealed test set: what it is, what was committed to, and how to see later that it was kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from puzzlereel import __version__
from puzzlereel.hub.card import SPLIT_NAMES, TAGS, size_category

TEXT = """\
# puzzlereel, a sealed test set

{count} levels, of which the first frame and the prompt are published, made by puzzlereel {version}. The ids, the levels
as text and their solutions are kept back. What they are is fixed all the same:

```
root  {root}
```

The root commits to every row. It belongs in the paper, or wherever else it cannot be changed. It is also the canary of
this set: keep it, and all that stands beside it, out of training data.

| puzzle | tier | split | levels |
|---|---|---|---|
{table}

## Take part

```sh
puzzlereel submit init DIR my-model     # a folder to fill: prompts, first frames, and where each film goes
puzzlereel submit check my-model --data DIR
```

DIR is this folder. Or read the rows yourself:

```python
from datasets import load_dataset

for row in load_dataset("DIR", "{puzzle}", split="{split}"):
    film = my_model(row["first_frame"], row["prompt"])  # {frames} frames of {height}x{width}, {fps} a second
```

- A film is named by its row, as in `videos/{puzzle}/{name}.mp4`; several films of a row end in `.s0.mp4`, `.s1.mp4`, …,
  with `samples: 2` in the description. Another size, length, rate or container is as good.
- `submission.yaml` says who made the films, and how. Its `dataset: {{}}` stays empty: films are scored against the
  private data set, whose hashes nobody has yet, and with the hash of this folder they would be refused.
- `submit check` says everything that is wrong at once: what is missing, misnamed, or does not decode. Hand the folder
  in to whoever sealed the set. A film that is missing is a failure.

## See that nothing was changed

- Today: the root is the SHA-256 of the lines `name commitment` of `commitments.json`, sorted.
  `jq -r '.commitments | to_entries[] | "\\(.key) \\(.value)"' commitments.json | LC_ALL=C sort | sha256sum` tells it.
- When the set is opened: `puzzlereel unseal DIR --opening opening.json --root {start}…` (the whole root) checks that
  every row is the one committed to, that its id gives its level, that its first frame shows that level, and that its
  solution solves it.
- By hand: a commitment is SHA-256(salt ‖ row), the salt as 32 bytes, the row as JSON in ASCII with sorted keys and no
  spaces, without its salt.

A first frame shows its level, and whoever sees a level can solve it. What is sealed is which ids were drawn, and so the
levels until this set appeared, the films of their solutions, and the solutions that films are compared with.
"""


def sealed_card_of(opened: Sequence[Mapping[str, Any]], parts: Sequence[str], root: str) -> str:
    """The README.md of a sealed test set: YAML for the Hub, then text for people."""
    puzzles = dict.fromkeys(part.split("/")[0] for part in parts)
    head = {
        "license": "apache-2.0",
        "language": ["en"],
        "task_categories": ["image-to-video"],
        "tags": [*TAGS, "sealed"],
        "pretty_name": "puzzlereel, sealed",
        "size_categories": [size_category(len(opened))],
        "configs": [
            {
                "config_name": puzzle,
                "data_files": [
                    {"split": SPLIT_NAMES[part.split("/")[1]], "path": f"{part}/metadata.parquet"}
                    for part in parts
                    if part.split("/")[0] == puzzle
                ],
            }
            for puzzle in puzzles
        ],
    }
    kinds = Counter((row["puzzle"], row["tier"], row["split"]) for row in opened)
    first = opened[0]
    text = TEXT.format(
        count=len(opened),
        version=__version__,
        root=root,
        start=root[:12],
        table="\n".join(f"| {' | '.join(kind)} | {count} |" for kind, count in kinds.items()),
        puzzle=first["puzzle"],
        split=SPLIT_NAMES[first["split"]],
        name=first["name"],
        frames=first["n_frames"],
        height=first["height"],
        width=first["width"],
        fps=first["fps"],
    )
    return f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n{text}"
