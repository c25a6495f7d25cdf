"""``python -m hifbench`` is the ``hifbench`` command."""

from .bench.cli import main

if __name__ == "__main__":
    main()
