"""The folder of a report: what an earlier one left goes, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hifbench.errors import UsageError
from hifbench.reports.folder import Folder

NAMES = ("index.html", "tables/a.csv", "curves/a.svg", "statistics/a.md", "site/data/a.js")


def report(root: Path, *names: str) -> None:
    with Folder(root) as folder:
        for name in names:
            folder.text(name, name)


def break_off(root: Path, name: str) -> None:
    with Folder(root) as folder:
        folder.text(name, name)
        folder.data("broken", object())  # is no JSON


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} - {"site/.files.json"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "report"


@pytest.mark.parametrize("stale", NAMES)
def test_what_an_earlier_report_wrote_goes_from_every_folder(root: Path, stale: str) -> None:
    report(root, *NAMES)
    rest = [name for name in NAMES if name != stale]
    report(root, *rest)
    assert files(root) == set(rest)


def test_files_of_the_user_stay_beside_those_of_a_report(root: Path) -> None:
    own = {"tables/mine.csv", "tables/a/b.csv", "curves/notes.txt", "own.html", "paper.tex", "site/about.md"}
    for name in own:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("kept")
    report(root, *NAMES)
    report(root)
    assert files(root) == own
    assert {(root / name).read_text() for name in own} == {"kept"}


@pytest.mark.parametrize(
    "listed",
    [
        "[",
        "{}",
        '[3, null, ["tables/own.csv"], "", ".", "tables"]',
        '["../own.txt", "own.txt", "tables/../own.txt", "site/../../own.txt", "tables/../../own.txt"]',
        '["tables/a/own.csv", "/own.txt"]',
        '["paper/own.csv", "paper\\\\own.csv"]',
    ],
)
def test_a_strange_list_removes_nothing_of_others(root: Path, tmp_path: Path, listed: str) -> None:
    own = [tmp_path / "own.txt", root / "own.txt", root / "tables/a/own.csv", root / "paper/own.csv"]
    for path in [*own, root / "site/.files.json"]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("kept")
    for text in (listed, json.dumps([str(path) for path in own])):
        (root / "site/.files.json").write_text(text)
        report(root, *NAMES)
        assert [path.read_text() for path in own] == ["kept"] * len(own)


@pytest.mark.parametrize("linked", ["tables", "curves", "statistics", "site", "site/data"])
def test_a_linked_folder_is_neither_written_to_nor_cleared(root: Path, tmp_path: Path, linked: str) -> None:
    report(root, *NAMES)
    precious = tmp_path / "elsewhere" / "precious.csv"
    (root / linked).rename(precious.parent)
    (root / linked).symlink_to(precious.parent, target_is_directory=True)
    precious.write_text("kept")
    (root / "site").mkdir(exist_ok=True)
    for listed in (root / "site/.files.json", tmp_path / "elsewhere/.files.json"):
        listed.write_text(json.dumps([f"{linked}/precious.csv", *NAMES]))
    before = {path.name: path.read_text() for path in precious.parent.rglob("*") if path.is_file()}
    (name,) = [name for name in NAMES if name.startswith(f"{linked}/")]
    with pytest.raises(UsageError, match=r"cannot write .*link to another folder.*--out"):
        report(root, "index.html", name)
    if not linked.startswith("site"):  # without a file in there, nothing is to be refused
        report(root, "index.html")
    assert {path.name: path.read_text() for path in precious.parent.rglob("*") if path.is_file()} == before


def test_the_folder_of_a_report_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    root.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    report(root, *NAMES)
    report(root, "index.html")
    assert files(root) == {"index.html"}


def test_one_that_broke_off_removes_nothing_and_the_next_one_removes_what_both_left(root: Path) -> None:
    report(root, "tables/first.csv")
    with pytest.raises(TypeError):
        break_off(root, "tables/second.csv")
    assert files(root) == {"tables/first.csv", "tables/second.csv"}  # no half-written site/data/broken.js
    report(root, "tables/third.csv")
    assert files(root) == {"tables/third.csv"}


def test_what_says_the_same_stays_as_it_is(root: Path) -> None:
    report(root, *NAMES)
    before = {path: path.stat() for path in root.rglob("*") if path.is_file()}
    report(root, *NAMES)
    assert {path: path.stat() for path in before} == before


def test_a_place_that_cannot_be_written_to_is_told(root: Path) -> None:
    root.mkdir()
    (root / "tables").write_text("a file, where a folder is needed")
    with pytest.raises(UsageError, match=r"cannot write .*a\.csv.*--out"):
        report(root, *NAMES)
    assert (root / "tables").read_text() == "a file, where a folder is needed"
