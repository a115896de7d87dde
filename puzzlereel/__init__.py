"""A procedural puzzle benchmark for video models: levels, films of their solutions, and the judging of other films."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from puzzlereel.verifiers.reward_fn import reward_fn

__all__ = ["__version__", "reward_fn"]
__version__ = "0.1.0"

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """`reward_fn`, which brings all that judges films along, when it is first asked for."""
        if name != "reward_fn":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from puzzlereel.verifiers.reward_fn import reward_fn

        return reward_fn
