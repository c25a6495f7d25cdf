"""Floating-point operations of a call, by torch's counter; what it leaves out is named with its size."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

aten = torch.ops.aten


@dataclass(frozen=True)
class Operations:
    """What was counted.

    Attributes:
        flops: floating-point operations: two for each multiplication with its addition, and those of the FFTs.
        macs: multiplications with their addition, of convolutions and matrix products; an FFT has none.
        uncounted: operator -> elements that it wrote, of the operators that compute and have no formula. Most of them
            do one operation for each element; ``numpy`` stands for work outside torch on so many elements.
    """

    flops: int
    macs: int
    uncounted: Mapping[str, int]


class OperationCounter:
    """Counts what is done inside its ``with``, backward passes included."""

    def __init__(self) -> None:
        self._uncounted: Counter[str] = Counter()
        self._flops = FlopCounterMode(display=False, custom_mapping=FORMULAS)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(_Handovers(self._uncounted))
        # Entered first, called last: it sees what the operators of the counter were taken apart into.
        self._stack.enter_context(_Leaves(self._uncounted, set(self._flops.flop_registry)))
        self._stack.enter_context(self._flops)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def result(self) -> Operations:
        """The count so far."""
        counts = self._flops.get_flop_counts().get("Global", {})
        of_ffts = sum(flops for operator, flops in counts.items() if operator in FFTS)
        total = sum(counts.values())
        return Operations(total, (total - of_ffts) // 2, dict(sorted(self._uncounted.items())))


def fft_flops(shape: Sequence[int], dims: Sequence[int], *, real: bool) -> int:
    """Operations of Fourier transforms: 5 N log2 N for each one of N complex numbers, half of that for real ones.

    The customary count of the radix-2 algorithm, whatever algorithm is used: Frigo and Johnson, "The Design and
    Implementation of FFTW3", Proc. IEEE 93(2), 2005, section V.

    Args:
        shape: of the complex input, or of the real side of a real transform.
        dims: that are transformed; N is the product of their lengths.
        real: whether one side is real.
    """
    count = math.prod(shape[dim] for dim in dims)
    each = (2.5 if real else 5) * count * math.log2(count) if count > 1 else 0.0
    return round(each * math.prod(shape) / max(count, 1))


def _of_real_input(shape: Sequence[int], dims: Sequence[int], *_: Any, **__: Any) -> int:
    return fft_flops(shape, dims, real=True)


def _of_real_output(shape: Sequence[int], dims: Sequence[int], *_: Any, out_shape: Sequence[int], **__: Any) -> int:
    return fft_flops(out_shape, dims, real=True)


def _of_complex(shape: Sequence[int], dims: Sequence[int], *_: Any, **__: Any) -> int:
    return fft_flops(shape, dims, real=False)


FFTS = {aten._fft_r2c: _of_real_input, aten._fft_c2r: _of_real_output, aten._fft_c2c: _of_complex}
"""Fourier transforms, for which torch has no formula."""


def _of_attention(query: Sequence[int], key: Sequence[int], value: Sequence[int], *_: Any, **__: Any) -> int:
    flops: int = sdpa_flop_count(query, key, value)
    return flops


def _of_vectors(*shapes: Any, **_: Any) -> int:
    """A matrix or vector with a vector: as many multiplications with their addition as the first has elements."""
    flops: int = 2 * math.prod(shapes[0])
    return flops


def _of_added(_: Any, *shapes: Any, **__: Any) -> int:
    """The same, added to something."""
    return _of_vectors(*shapes)


VECTORS = {aten.mv: _of_vectors, aten.dot: _of_vectors, aten.vdot: _of_vectors, aten.addmv: _of_added}
"""Products with a vector, for which torch has no formula."""

FORMULAS = {**FFTS, **VECTORS, aten._scaled_dot_product_flash_attention_for_cpu: _of_attention}
"""Operators that torch's counter takes for nothing: attention has a formula there, but not as a CPU runs it."""

# fmt: off
_MOVE = frozenset({
    "arange", "empty", "empty_like", "empty_permuted", "empty_strided", "eye", "fill", "full", "full_like", "linspace",
    "new_empty", "new_empty_strided", "new_full", "new_ones", "new_zeros", "ones", "ones_like", "resize",
    "scalar_tensor", "zero", "zeros", "zeros_like",
    "cat", "clone", "constant_pad_nd", "copy", "flip", "gather", "im2col", "index", "index_put", "index_select",
    "lift_fresh", "local_scalar_dense", "masked_select", "nonzero", "pixel_shuffle", "pixel_unshuffle",
    "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "repeat", "replication_pad1d", "replication_pad2d",
    "replication_pad3d", "reshape_alias", "roll", "scatter", "select_backward", "select_scatter", "set",
    "slice_backward", "slice_scatter", "stack", "to_copy", "unsafe_index", "unsafe_view",
})
# fmt: on
"""Operators that make room or move data and compute nothing; an underscore before or after the name left out."""


class _Leaves(TorchDispatchMode):
    """Notes operators without a formula."""

    def __init__(self, elements: Counter[str], counted: set[Any]) -> None:
        super().__init__()
        self._elements, self._counted = elements, counted

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        packet = getattr(func, "_overloadpacket", func)
        if packet not in self._counted and _computes(func):
            written = out if func._schema.returns else _written(func, args, kwargs or {})
            elements = sum(leaf.numel() for leaf in tree_leaves(written) if isinstance(leaf, Tensor))
            self._elements[str(packet).removesuffix("_")] += elements
        return out


def _computes(func: Any) -> bool:
    namespace, _, name = str(getattr(func, "_overloadpacket", func)).partition(".")
    if namespace in ("prim", "profiler") or name.strip("_").removeprefix("foreach_") in _MOVE:
        return False
    returns = func._schema.returns
    if not returns:  # such as the steps of optimisers, which work on lists of tensors in place
        return any(_is_written(argument) for argument in func._schema.arguments)
    return not any(one.alias_info is not None and not one.alias_info.is_write for one in returns)


def _is_written(argument: Any) -> bool:
    return argument.alias_info is not None and bool(argument.alias_info.is_write)


def _written(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
    """The arguments that an operator writes to."""
    arguments = func._schema.arguments
    given = {argument.name: value for argument, value in zip(arguments, args, strict=False)} | dict(kwargs)
    return [given.get(argument.name) for argument in arguments if _is_written(argument)]


class _Handovers(TorchFunctionMode):
    """Notes tensors that are handed to numpy, where no operator is seen any more."""

    def __init__(self, elements: Counter[str]) -> None:
        super().__init__()
        self._elements = elements

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (Tensor.numpy, Tensor.__array__):
            self._elements["numpy"] += args[0].numel()
        return func(*args, **(kwargs or {}))
