"""What runs, where, and how it resumes; the command line."""

import os

# Before torch is loaded: OpenMP threads that wait by spinning make a run fifty times slower as soon as another
# process wants the same cores (measured: Q_P of one pair 12 s instead of 0.2 s); sleeping costs nothing alone.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
