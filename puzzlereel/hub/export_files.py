"""How an export writes: each file whole or not at all, counted, and with its checksum written down."""

from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from puzzlereel.hub.dataset import Progress, sha256_of


@dataclass
class Report:
    """What an export has written so far."""

    folder: Path
    total: int
    """How many levels there are to export."""
    progress: Progress | None = None
    sums: TextIO | None = None
    """Where the checksums go."""
    levels: int = 0
    files: int = 0
    bytes: int = 0

    def file(self, path: Path, digest: str | None = None) -> None:
        """Count a file that is there; its SHA-256 is taken where it is not given."""
        self.files += 1
        self.bytes += path.stat().st_size
        if self.sums:
            self.sums.write(f"{digest or sha256_of(path)}  {path.relative_to(self.folder).as_posix()}\n")

    def level(self) -> None:
        """Count a level whose files are there."""
        self.levels += 1
        if self.progress:
            self.progress(self.levels, self.total)
