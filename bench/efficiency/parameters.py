"""Parameters of a method, and which of them a fusion uses."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.hooks import RemovableHandle


class ParameterTracker(TorchDispatchMode):
    """Watches the parameters of every network that is called inside its ``with``.

    A parameter is *used* when an operator takes it while a network's forward pass is under way. Layers that were built
    and are never called are in ``all`` alone; so are parameters that only an optimiser or a copy touches.

    Args:
        networks: that the method holds, called or not.
    """

    def __init__(self, networks: Iterable[nn.Module] = ()) -> None:
        super().__init__()
        self._all: dict[int, nn.Parameter] = {}
        self._used: dict[int, nn.Parameter] = {}
        self._depth = 0
        self._hooks: list[RemovableHandle] = []
        for network in networks:
            self._add(network)

    @property
    def all(self) -> int:
        """Number of parameters, shared ones once."""
        return sum(parameter.numel() for parameter in self._all.values())

    @property
    def used(self) -> int:
        """Number of those that take part in a forward pass."""
        return sum(parameter.numel() for parameter in self._used.values())

    def __enter__(self) -> Self:
        def begins(module: nn.Module, args: Any) -> None:
            if not self._depth:
                self._add(module)
            self._depth += 1

        def ends(module: nn.Module, args: Any, out: Any) -> None:
            self._depth -= 1

        self._hooks = [
            register_module_forward_pre_hook(begins),
            register_module_forward_hook(ends, always_call=True),
        ]
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        for hook in self._hooks:
            hook.remove()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if self._depth:
            found = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, nn.Parameter)]
            for noted in (self._all, self._used):
                noted.update((id(parameter), parameter) for parameter in found)
        return func(*args, **(kwargs or {}))

    def _add(self, network: nn.Module) -> None:
        self._all.update((id(parameter), parameter) for parameter in network.parameters())
