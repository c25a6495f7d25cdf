"""What runs, where, and how it resumes; the command line."""

import os

# Before torch is loaded. GNU OpenMP's threads spin for milliseconds while they wait; as soon as another process wants
# the same cores, a run takes fifty times as long (two busy loops on two cores: Q_P of a pair 12 s instead of 0.2 s).
# A short spin costs a run that is alone nothing (the eight metrics 0.35 s with either) and the other one a factor of
# two; sleeping at once (OMP_WAIT_POLICY=PASSIVE) costs half as much again when alone.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
