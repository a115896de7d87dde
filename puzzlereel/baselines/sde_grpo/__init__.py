"""The reference baseline: a flow-matching video policy, tuned first on films (SFT), then on verdicts (SDE-GRPO).

Needs the extra `rl`. Nothing outside this folder imports it except inside a function.
"""
