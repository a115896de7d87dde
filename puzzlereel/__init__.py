"""A procedural puzzle benchmark for video models: levels, films of their solutions, and the judging of other films."""

__version__ = "0.1.0"
