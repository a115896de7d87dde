"""What `puzzlereel verify --explain PATH --reward NAME` adds to a verdict."""

from pathlib import Path
from typing import Any


def check_options(path: Path | None, weights: str | None) -> None:
    """PuzzlereelError where a file or weights are asked for that there are none of, before a film is judged."""
    from puzzlereel.verifiers.explain import check_path
    from puzzlereel.verifiers.reward import weights_of

    if path is not None:
        check_path(path)
    if weights is not None:
        weights_of(weights)


def write_explanation(path: Path, film: Path, level: Any, skin: Any, *, verdict: Any, every: bool = False) -> None:
    """Write the picture or the film that explains a verdict, as fast as the film that was judged."""
    from puzzlereel.renderers.video import BadVideo, read_video, told_by
    from puzzlereel.verifiers.explain import explain

    try:
        fps = min(240, max(1, round(told_by(film).fps)))
    except BadVideo:
        fps = 8
    explain(path, read_video(film), level, skin, verdict=verdict, every=every, fps=fps)


def rewards(verdict: Any, weights: str | None) -> dict[str, float]:
    """The reward of a verdict as its JSON has it, under "reward"; nothing where none was asked for."""
    from puzzlereel.verifiers.reward import reward, weights_of

    return {} if weights is None else {"reward": round(reward(verdict, weights_of(weights)), 6)}
