"""What measurements were made on."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """The name of the processor, as the system tells it, and how many cores it has."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"
