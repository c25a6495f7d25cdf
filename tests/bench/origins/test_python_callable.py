"""``module:callable`` as a method."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from rundir import scores

from hifbench.bench.experiment import MethodChoice
from hifbench.bench.origins.lookup import origin_of
from hifbench.bench.origins.python_callable import CallableFailure
from hifbench.errors import UsageError

CODE = """
import torch
from hifbench.methods import FusionMethod, MethodCard

def mean(ir, vis, *, share=0.5):
    "Mean of both."
    return share * ir + (1 - share) * vis

class Net(torch.nn.Module):
    def __init__(self, share=0.5):
        super().__init__()
        self.share = torch.nn.Parameter(torch.tensor(share))

    def forward(self, ir, vis):
        assert not self.training
        return self.share * ir + (1 - self.share) * vis

class Bare(FusionMethod):
    def _fuse(self, ir, vis):
        return vis

class Whole(FusionMethod):
    card = MethodCard(name="whole", title="Whole", paper="none")

    def __init__(self, *, share: float = 0.5):
        super().__init__()
        self.share = share

    def _fuse(self, ir, vis):
        return self.share * ir + (1 - self.share) * vis

net, whole_one, bare, number = Net(), Whole(), Bare(), 3
class holder:
    inner = net

def levels(ir, vis): return vis * 255
def array(ir, vis): return vis.numpy()
def flat(ir, vis): return vis[0, 0]
def whole(ir, vis): return (vis * 255).to(torch.uint8)
def in_place(ir, vis): return ir.mul_(0).add_(vis)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of the current folder, forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    path = tmp_path / "callables_of_a_test.py"
    path.write_text(CODE)
    yield path
    sys.modules.pop(path.stem, None)


def build(what: str, **options: object):
    choice = MethodChoice(name=f"callables_of_a_test:{what}", options=options)
    origin = origin_of(choice)
    origin.check()
    return origin.build("cpu")


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("what", ["mean", "Net", "net", "holder.inner", "Whole", "whole_one"])
def test_functions_instances_and_classes(what: str) -> None:
    ir, vis = torch.rand(2, 1, 8, 9), torch.rand(2, 1, 8, 9)
    assert torch.allclose(build(what).fuse(ir, vis), (ir + vis) / 2)
    if what in ("mean", "Net", "Whole"):
        assert torch.allclose(build(what, share=0.25).fuse(ir, vis), ir / 4 + vis * 3 / 4)


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("levels", "a mean of .* return floating point in \\[0, 1\\]"),
        ("whole", "returned torch.uint8"),
        ("array", "returned ndarray, not a tensor"),
        ("flat", "returned a tensor of shape \\(8, 9\\) for images of \\(1, 1, 8, 9\\)"),
    ],
)
def test_what_is_no_fused_image(what: str, message: str) -> None:
    with pytest.raises(CallableFailure, match=message):
        build(what).fuse(torch.full((1, 1, 8, 9), 0.5), torch.full((1, 1, 8, 9), 0.5))


@pytest.mark.usefixtures("module")
def test_a_method_keeps_its_card_as_a_class_and_as_an_instance() -> None:
    for what in ("Whole", "whole_one"):
        origin = origin_of(MethodChoice(name=f"callables_of_a_test:{what}"))
        assert origin.card.title == "Whole"
        assert origin.determines()["name"] == f"callables_of_a_test:{what}"


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("what", ["Bare", "bare"])
def test_a_method_without_a_card_is_refused(what: str) -> None:
    with pytest.raises(UsageError, match="is a FusionMethod without a card; give it one"):
        build(what)


@pytest.mark.usefixtures("module")
def test_other_commands_take_it_too(hifbench, pairs_folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    sides = ("--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis")
    for method, out in (("callables_of_a_test:mean", "theirs"), ("average", "ours")):
        done = hifbench("fuse", method, *sides, "--out", out)
        assert done.status == 0, done.err
    for path in Path("ours").iterdir():
        assert path.read_bytes() == (Path("theirs") / path.name).read_bytes()
    done = hifbench("profile", "callables_of_a_test:mean", "--size", "24x16", "--out", "cost.csv")
    assert done.status == 0, done.err
    assert "callables_of_a_test:mean" in Path("cost.csv").read_text()
    assert hifbench("fuse", "rfnet", *sides, "--out", "x").status == 2
    done = hifbench("fuse", "laplacian", *sides, "--out", "x", "--set", "levels=[1,2]")
    assert (done.status, done.err.count("\n")) == (2, 1), done.err
    assert hifbench("profile", "callables_of_a_test:nothing").status == 2


@pytest.mark.usefixtures("module")
def test_code_that_works_in_place_harms_nobody() -> None:
    ir, vis = torch.rand(1, 1, 8, 9), torch.rand(1, 1, 8, 9)
    before = ir.clone()
    build("in_place").fuse(ir, vis)
    assert torch.equal(ir, before)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("callables_of_a_test:gone", "there is no 'gone' in .*callables_of_a_test.py"),
        ("callables_of_a_test:number", "'number' .* is int, which cannot be called"),
        ("no_such_module_at_all:f", "module 'no_such_module_at_all' cannot be imported .*PYTHONPATH"),
        ("broken_on_import:f", r"cannot be imported \(SystemExit: 2\)"),
        ("a b:f", "write module:callable"),
        ("module:", "write module:callable"),
    ],
)
def test_names_of_nothing(module: Path, name: str, message: str) -> None:
    module.with_name("broken_on_import.py").write_text("raise SystemExit(2)")
    with pytest.raises(UsageError, match=message):
        origin_of(MethodChoice(name=name))


@pytest.mark.usefixtures("module")
def test_weights_and_unknown_options_are_refused() -> None:
    with pytest.raises(UsageError, match="loads its own weights"):
        origin_of(MethodChoice(name="callables_of_a_test:mean", weights="x.pt"))
    with pytest.raises(UsageError, match=r"cannot be made .*strength"):
        build("Net", strength=1)
    with pytest.raises(UsageError, match="no option 'strength'"):
        build("Whole", strength=1)


def test_the_example_of_the_documentation(module: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "elsewhere.md").read_text()
    example = text.split("```python\n")[1].split("```")[0]
    module.write_text(example)
    ir, vis = torch.rand(2, 1, 8, 9), torch.rand(2, 1, 8, 9)
    fused = build("fuse").fuse(ir, vis)
    assert torch.allclose(fused, 0.4 * ir + 0.6 * vis, atol=1e-6)


def test_a_run_takes_it_beside_the_others(hifbench, pairs_folder, experiment, module: Path) -> None:
    run = ("run", experiment, "--data", pairs_folder, "--method", "callables_of_a_test:mean", "--out", "run")
    done = hifbench(*run)
    assert done.status == 0, done.err
    assert "callables_of_a_test:mean: a change of what its module imports and loads goes unnoticed" in done.err
    table = scores(Path("run")).set_index(["method", "pair", "metric"])["value"]
    assert table["callables_of_a_test:mean"].to_list() == table["average"].to_list()
    assert "0 fusions computed" in hifbench(*run).err
    module.write_text(CODE + "\n# another state of the file\n")
    assert "6 fusions computed" in hifbench(*run).err


def test_a_fault_in_it_is_an_error_row(hifbench, pairs_folder, experiment, module: Path) -> None:
    module.write_text("def fuse(ir, vis):\n    raise RuntimeError('no luck')\n")
    done = hifbench(
        "run", experiment, "--data", pairs_folder, "--limit", 1, "--method", "callables_of_a_test:fuse", "--out", "run"
    )
    assert done.status == 1
    assert "failed: p0 (callables_of_a_test:fuse): RuntimeError: no luck (callables_of_a_test.py, line 2)" in done.err
