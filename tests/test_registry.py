from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from hifbench.datasets import DATASETS
from hifbench.errors import UsageError
from hifbench.methods import METHODS
from hifbench.metrics import METRICS
from hifbench.registry import Registry

PLUGIN = Path(__file__).parent / "plugin"


def test_a_built_in_is_found_by_its_file_in_any_case() -> None:
    assert METHODS.get("Laplacian").card.name == "laplacian"
    assert METRICS.get("qp").name == "QP"
    assert DATASETS.get("TNO").card.name == "tno"


@pytest.mark.parametrize("registry", [METHODS, METRICS, DATASETS], ids=lambda registry: registry.kind)
def test_every_built_in_can_be_imported_and_bears_its_files_name(registry: Registry) -> None:
    assert registry.names()
    for name, entry in registry.entries.items():
        thing = registry.get(name)
        assert (thing.name if registry is METRICS else thing.card.name) == name
        assert entry.summary, f"{name} has no docstring to list"


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown method 'laplacain'; did you mean laplacian\?"):
        METHODS.get("laplacain")
    with pytest.raises(UsageError, match=r"there are: .*average"):
        METHODS.get("zzz")


def test_entries_cannot_be_changed_after_loading() -> None:
    with pytest.raises(TypeError):
        METHODS.entries["mine"] = METHODS.entries["average"]  # type: ignore[index]


def test_listing_imports_neither_torch_nor_the_entries() -> None:
    code = (
        "import sys; from hifbench.methods import METHODS; from hifbench.metrics import METRICS\n"
        "from hifbench.datasets import DATASETS; from hifbench.datasets.degradations import DEGRADATIONS\n"
        "[entry.summary for r in (METHODS, METRICS, DATASETS, DEGRADATIONS) for entry in r.entries.values()]\n"
        "assert METHODS.names() and METRICS.names() and DATASETS.names()\n"
        "print('torch' in sys.modules, 'hifbench.methods.auif' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_list_command_answers_without_torch() -> None:
    code = (
        "import sys; sys.argv = ['hifbench', 'list', 'methods']\n"
        "from hifbench.bench.cli import main\n"
        "try: main()\nexcept SystemExit: print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert "laplacian" in done.stdout
    assert done.stdout.split()[-1] == "False"


@pytest.fixture(scope="module")
def with_plugin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment in which the tiny plug-in package is installed."""
    target = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("plugin")
    for file in PLUGIN.iterdir():
        if file.is_file():
            (source / file.name).write_bytes(file.read_bytes())
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(target), str(source)], check=True, capture_output=True)
    return {**os.environ, "PYTHONPATH": str(target), "PYTHONSAFEPATH": "1"}


def call(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hifbench", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_installed_plug_in_is_listed_and_runs(with_plugin: dict[str, str], tmp_path: Path) -> None:
    listed = json.loads(call(with_plugin, "list", "methods", "--json").stdout)
    assert {"name": "negative", "source": "hifbench-tiny-plugin"}.items() <= next(
        item for item in listed if item["name"] == "negative"
    ).items()
    own = tmp_path / "own.toml"
    own.write_text(
        'title = "Plug-ins"\nmethods = ["negative", "visible"]\nmetrics = ["MEAN", "PSNR"]\n'
        '[[datasets]]\nname = "ramps"\n[[degradations]]\nname = "darken"\nseverities = [0, 0.5, 1]\n'
    )
    done = call(with_plugin, "run", own, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    scores = pd.read_parquet(tmp_path / "run" / "scores")
    mean = scores[scores["metric"] == "MEAN"].groupby(["method", "severity"])["value"].mean()
    # The ramp 0, 2 .. 126 has the mean 63, and half of it is whole again.
    expected = {("visible", 0.0): 63.0, ("visible", 0.5): 31.5, ("visible", 1.0): 0.0, ("negative", 1.0): 255.0}
    for key, value in expected.items():
        assert mean[key] == pytest.approx(value, abs=1e-12)
    assert set(scores.loc[scores["severity"] == 0, "task"]) == {"fusion"}
    assert set(scores.loc[scores["severity"] > 0, "task"]) == {"fusion", "fusion-clean"}
    clean = scores[(scores["metric"] == "PSNR") & (scores["method"] == "visible") & (scores["severity"] == 1)]
    assert clean[clean["task"] == "fusion"]["value"].eq(float("inf")).all()
    assert clean[clean["task"] == "fusion-clean"]["value"].lt(30).all()


def test_a_plug_in_that_cannot_be_imported_says_whose_it_is(with_plugin: dict[str, str]) -> None:
    done = call(with_plugin, "fuse", "broken", "--ir", "a.png", "--vis", "b.png", "--out", "c.png")
    assert done.returncode == 2
    assert "hifbench-tiny-plugin" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_entry_of_the_wrong_kind_is_refused() -> None:
    instances = Registry[object](
        kind="method", package="hifbench.methods", group="g", attribute="METHOD", base="hifbench.methods:FusionMethod"
    )
    with pytest.raises(UsageError, match="is no instance of FusionMethod"):
        instances.get("average")


def test_a_name_claimed_twice_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry[object](
        kind="method", package="hifbench.methods", group="g", attribute="METHOD", base="builtins:object"
    )
    twice = [entry for entry in registry._built_ins() if entry.name == "average"]
    monkeypatch.setattr(registry, "_plug_ins", lambda: twice)
    with pytest.raises(UsageError, match="'average' is claimed twice"):
        registry.names()
