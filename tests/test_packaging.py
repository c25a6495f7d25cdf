from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("datasets", "methods", "metrics", "detection", "bench", "reports")
GROUND_FLOOR = {"errors", "registry", "color", "storage", "guided", "tensors", "out_of_memory"}
MAY_IMPORT = {
    "datasets": {"datasets"},
    "methods": {"methods"},
    "metrics": {"metrics"},
    "detection": {"detection"},
    "reports": {"reports"},
    "bench": set(FOLDERS),
}


def test_every_package_folder_is_in_the_wheel() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {"hifbench"}
    for folder in FOLDERS:
        for init in (ROOT / folder).rglob("__init__.py"):
            there.add(".".join(["hifbench", *init.parent.relative_to(ROOT).parts]))
    assert sorted(listed) == sorted(there)


def test_no_module_at_the_root_shadows_the_standard_library() -> None:
    names = {path.stem for path in ROOT.glob("*.py")} - {"__init__", "__main__"}
    assert names == GROUND_FLOOR
    assert not names & sys.stdlib_module_names


def imports(folder: str) -> Iterator[tuple[Path, str]]:
    """Each import of the folder's files from within hifbench: the file, and the top name it reaches."""
    for path in (ROOT / folder).rglob("*.py"):
        depth = len(path.relative_to(ROOT).parts)  # leading dots that lead to the root
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == depth:
                names = [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
                yield from ((path, name) for name in names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("hifbench"):
                raise AssertionError(f"{path}: imports within the package are relative")


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_run_one_way(folder: str) -> None:
    found = list(imports(folder))
    assert found
    for path, name in found:
        assert name in MAY_IMPORT[folder] | GROUND_FLOOR | {"__version__"}, f"{path} imports {name}"


def test_reports_are_imported_by_the_command_line_alone() -> None:
    for path, name in imports("bench"):
        if name == "reports":
            assert path.parent.name == "commands"


def test_reports_import_no_torch() -> None:
    modules = [path.stem for path in (ROOT / "reports").glob("*.py") if path.stem != "__init__"]
    modules += ["statistics"]
    code = f"import sys; from hifbench.reports import {', '.join(modules)}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_bare_import_from_the_root_fails_at_once() -> None:
    for name in ("datasets", "methods", "metrics"):
        source = (ROOT / name / "__init__.py").read_text()
        with pytest.raises(ModuleNotFoundError, match=f"No module named '{name}'"):
            exec(compile(source, name, "exec"), {"__name__": name, "__package__": name})
