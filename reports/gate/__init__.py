"""The regression gate: a baseline of per-pair scores, and what moved since."""
