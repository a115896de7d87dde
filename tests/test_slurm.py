"""The script for Slurm starts one launcher a machine, with the machines' numbers and the command as it was given."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAKES = {
    "scontrol": 'echo "gpu-3"; echo "gpu-4"',
    "srun": 'printf "%s\\n" "$@"',
}


def test_a_job_starts_a_process_for_each_gpu_of_all_machines(tmp_path: Path) -> None:
    for name, does in FAKES.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{does}\n")
        (tmp_path / name).chmod(0o755)
    slurm = {"SLURM_JOB_NODELIST": "gpu-[3-4]", "SLURM_JOB_NUM_NODES": "2", "SLURM_GPUS_ON_NODE": "4"}
    environment = {**os.environ, **slurm, "SLURM_JOB_ID": "77", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = ["bash", str(ROOT / "docs" / "train.slurm"), "grpo", "my run", "--data", "data"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
    numbers = dict(zip(told[1:11:2], told[2:11:2], strict=True))

    assert "torchrun" == told[0]
    assert {
        "--nnodes": "2",
        "--nproc-per-node": "4",
        "--rdzv-backend": "c10d",
        "--rdzv-id": "77",
        "--rdzv-endpoint": "gpu-3:29500",
    } == numbers
    assert ["-m", "puzzlereel", "train", "grpo", "my run", "--data", "data"] == told[11:]
