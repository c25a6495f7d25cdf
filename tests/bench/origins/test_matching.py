"""Names of pictures, read as ids of pairs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hifbench.bench.origins.matching import match

IDS = ["Athena/tank", "Triclobs/Marne_01", "Triclobs/Marne_10", "Triclobs/Marne_1"]
PLAIN = ["1", "2", "10", "11"]


def named(template: str, names: list[str]) -> dict[str, Path]:
    return {template.format(name): Path(template.format(name) + ".png") for name in names}


@pytest.mark.parametrize("template", ["{}", "fused_{}", "{}_ours", "1_{}_2", "{}0"])
@pytest.mark.parametrize("ids", [IDS, PLAIN])
def test_one_text_around_all_names(template: str, ids: list[str]) -> None:
    found = match(named(template, ids), ids)
    assert found.of_pair == {id: Path(template.format(id) + ".png") for id in ids}
    assert bool(found.rule) == (template != "{}")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda id: id.replace("/", "_"), "folders joined by _"),
        (lambda id: id.replace("/", "-"), "folders joined by -"),
        (lambda id: id.split("/")[1], "folders left out"),
        (lambda id: id.split("/")[1] + "_f", "'*_f' with the pair's name for *, folders left out"),
    ],
)
def test_folders_in_names(change, rule: str) -> None:
    files = {change(id): Path(change(id)) for id in IDS}
    found = match(files, IDS)
    assert found.of_pair == {id: files[change(id)] for id in IDS}
    assert found.rule == rule


def test_a_name_of_two_pairs_is_of_none() -> None:
    assert match({"tank": Path("tank.png")}, ["a/tank", "b/tank"]).of_pair == {}


def test_strays_do_not_hide_the_rule_and_nothing_fits_nothing() -> None:
    files = {"README": Path("README.png"), **named("x_{}", PLAIN)}
    assert set(match(files, PLAIN).of_pair) == set(PLAIN)
    assert match({"a": Path("a.png")}, PLAIN).of_pair == {}
