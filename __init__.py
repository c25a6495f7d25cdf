"""hifbench: the benchmark and evaluation harness for heterogeneous image fusion.

The repository's root is this package; its folders are the subpackages ``datasets``, ``methods``, ``metrics``,
``bench`` and ``reports``. Importing ``hifbench`` imports none of them and no torch.
"""

from importlib.metadata import version as _version

__version__: str = _version("hifbench")
