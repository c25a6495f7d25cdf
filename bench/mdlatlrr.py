"""``python -m hifbench.bench.mdlatlrr``: the projection of MDLatLRR, learned from a data set.

It is no ``hifbench train``, whose trainer takes gradient steps on a network: a latent low-rank representation is one
convex problem, solved at once from a few thousand patches.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .. import __version__, datasets
from ..color import split
from ..datasets._dataset import manifest_digest
from ..errors import HifbenchError, UsageError
from ..methods._latlrr import solve, training_patches
from ..methods.mdlatlrr import SIDE, Projection
from ..tensors import write_weights
from .commands.shared import waiting
from .files import read_json, writable_folder, write_json
from .provenance import machine, source_state, versions
from .sources import as_batch

_METHOD = "mdlatlrr"


def learn(
    out: Path, *, data: Path | None, dataset: str, subset: str, limit: int | None, each: int, weight: float, seed: int
) -> dict[str, Any]:
    """Learn L, and write it with a card beside it.

    Args:
        out: the ``.safetensors`` file.
        data: data root.
        dataset: to learn from.
        subset: its split.
        limit: learn from the first so many pairs.
        each: detail patches, and smooth patches.
        weight: lambda.
        seed: of the draw of the patches.

    Returns:
        The card.

    Raises:
        UsageError: the output cannot be written, or the data do not do.
    """
    card_path = out.with_suffix(".json")
    if out.suffix != ".safetensors":
        raise UsageError(f"--out {out}: weights are written as .safetensors; give such a name")
    if each < 1 or not 0 < weight < float("inf"):
        raise UsageError(f"--patches {each}, --weight {weight:g}: both must be positive")
    if limit is not None and limit < 1:
        raise UsageError(f"--limit {limit}: there must be a pair to learn from")
    writable_folder(out.parent)
    ours = read_json(card_path).get("method") == _METHOD
    for path in (out, card_path):
        if path.is_dir() or (path.exists() and not ours):
            raise UsageError(f"{path} is in the way and not of this command; choose another --out")
    start = time.perf_counter()
    images, manifest = _images(data, dataset, subset, limit)
    try:
        patches = training_patches(images, SIDE, each, seed)
        with waiting("learning the projection") as status:
            found = solve(
                patches,
                weight,
                watch=lambda iteration, miss: status.update(
                    f"learning the projection: iteration {iteration}, largest miss {miss:.2g}"
                ),
            )
    except ValueError as error:
        raise UsageError(f"{dataset}/{subset} cannot be learned from: {error}") from error
    network = Projection()
    with torch.no_grad():
        network.matrix.copy_(found.projection)
    note = {
        "method": _METHOD,
        "recipe": {"dataset": dataset, "split": subset, "limit": limit, "each": each, "weight": weight, "seed": seed},
        "trained_on": f"{each} detail and {each} smooth patches of {len(images) // 2} pairs of {dataset}/{subset}",
        "manifest": manifest,
    }
    try:
        write_weights(out, network, note)
    except OSError as error:
        raise UsageError(
            f"cannot write {out} ({error.strerror or error}); make room, or choose another --out"
        ) from error
    card = {
        **note,
        "iterations": found.iterations,
        "objective": found.objective(weight),
        "parameters": network.matrix.numel(),
        "seconds": round(time.perf_counter() - start, 1),
        "command": ["python", "-m", "hifbench.bench.mdlatlrr", *sys.argv[1:]],
        "hifbench": {"version": __version__, **source_state()},
        "versions": versions(),
        "machine": machine("cpu"),
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
    }
    write_json(card_path, card)
    return card


def _images(data: Path | None, dataset: str, subset: str, limit: int | None) -> tuple[list[Tensor], str]:
    """Luminance of both sides of every pair that can be read, and the hash of what was read."""
    pairs = datasets.load(dataset, data, subset).first(limit)
    images, used = [], []
    for index, source in enumerate(pairs.sources):
        try:
            pair = pairs[index]
        except HifbenchError as error:
            print(f"left out: {source.id}: {error}", file=sys.stderr)
            continue
        if min(pair.ir.shape) < SIDE:
            print(f"left out: {source.id}: smaller than {SIDE}x{SIDE}", file=sys.stderr)
            continue
        images += [split(as_batch(image))[0][0, 0] for image in (pair.ir, pair.vis)]
        used.append(source)
    if not images:
        raise UsageError(f"no pair of {dataset}/{subset} can be learned from")
    return images, manifest_digest(used)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; an error that the user can mend is one line and an exit status."""
    parser = argparse.ArgumentParser(prog="python -m hifbench.bench.mdlatlrr", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("mdlatlrr.safetensors"), help="weights file, .safetensors")
    parser.add_argument("--data", type=Path, help="data root; synthetic needs none")
    parser.add_argument("--dataset", default="synthetic")
    parser.add_argument("--split", dest="subset", default="train")
    parser.add_argument("--limit", type=int, help="learn from the first N pairs")
    parser.add_argument("--patches", dest="each", type=int, default=1000, help="of detail, and as many smooth ones")
    parser.add_argument("--weight", type=float, default=0.4, help="lambda, of the sparse error")
    parser.add_argument("--seed", type=int, default=0, help="of the draw of the patches")
    chosen = vars(parser.parse_args(arguments))
    try:
        card = learn(chosen.pop("out"), **chosen)
    except HifbenchError as error:
        print(f"hifbench: {error}", file=sys.stderr)
        return error.exit_status
    print(f"{card['iterations']} iterations, objective {card['objective']:.4f}; {card['trained_on']}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
