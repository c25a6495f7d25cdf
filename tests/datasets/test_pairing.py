"""Matching of files by name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hifbench.datasets._dataset import BrokenPair, FilePair
from hifbench.datasets._pairing import find_pairs, match_files, natural_key
from hifbench.errors import PairError, UsageError


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_folders_are_matched_by_stem_in_natural_order(tmp_path: Path) -> None:
    touch(tmp_path, "ir/a10.png", "ir/a2.PNG", "ir/a1.bmp", "vis/a1.jpg", "vis/a2.tif", "vis/a10.JPEG")
    matches = match_files({"ir": tmp_path / "ir", "vis": tmp_path / "vis"})
    assert list(matches) == ["a1", "a2", "a10"]
    assert matches["a2"] == (tmp_path / "ir/a2.PNG", tmp_path / "vis/a2.tif")


def test_three_sides_give_none_where_a_file_is_missing(tmp_path: Path) -> None:
    touch(tmp_path, "ir/1.png", "vis/1.png", "fused/1.png", "ir/2.png", "fused/3.png")
    matches = match_files({side: tmp_path / side for side in ("ir", "vis", "fused")})
    assert [[path is not None for path in files] for files in matches.values()] == [
        [True, True, True],
        [True, False, False],
        [False, False, True],
    ]


def test_hidden_files_and_other_files_are_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "ir/1.png", "ir/.2.png", "ir/Thumbs.db", "ir/notes.txt", "vis/1.png", "vis/sub/4.png")
    assert list(match_files({"ir": tmp_path / "ir", "vis": tmp_path / "vis"})) == ["1"]


def test_two_files_of_one_stem_are_refused_by_name(tmp_path: Path) -> None:
    touch(tmp_path, "ir/a.png", "ir/a.jpg", "vis/a.png")
    with pytest.raises(UsageError, match=r"ir: .*a\.jpg and .*a\.png are both called 'a'"):
        match_files({"ir": tmp_path / "ir", "vis": tmp_path / "vis"})


def test_patterns_are_matched_by_what_the_wildcard_stands_for(tmp_path: Path) -> None:
    touch(tmp_path, "IR1.bmp", "IR2.BMP", "IR10.bmp", "VIS1.bmp", "VIS2.bmp", "VIS10.bmp", "IR3.txt")
    matches = match_files({"ir": tmp_path / "IR*.bmp", "vis": tmp_path / "VIS*.bmp"})
    assert {key: [path.name for path in files if path] for key, files in matches.items()} == {
        "1": ["IR1.bmp", "VIS1.bmp"],
        "2": ["IR2.BMP", "VIS2.bmp"],
        "10": ["IR10.bmp", "VIS10.bmp"],
    }


@pytest.mark.parametrize(
    ("ir", "vis", "keys"),
    [
        ("*/IR.png", "*/VIS.png", ["a", "b"]),
        ("**/IR.png", "**/VIS.png", ["a", "b", "deep/er"]),
        ("*/IR*", "*/VIS*", ["a", "b"]),
        ("[ab]/IR.*", "[ab]/VIS.*", ["a", "b"]),
        ("[!b]/IR.*", "[!b]/VIS.*", ["a"]),
        ("?/IR.png", "?/VIS.png", ["a", "b"]),
        ("b/I?.png", "c/I?.png", ["R"]),
    ],
)
def test_wildcards(tmp_path: Path, ir: str, vis: str, keys: list[str]) -> None:
    for folder in ("a", "b", "deep/er"):
        touch(tmp_path, f"{folder}/IR.png", f"{folder}/VIS.png")
    touch(tmp_path, "c/IR.png")
    matches = match_files({"ir": tmp_path / ir, "vis": tmp_path / vis})
    assert [key for key, files in matches.items() if None not in files] == keys


def test_two_wildcards_make_one_key_of_both(tmp_path: Path) -> None:
    touch(tmp_path, "a/IR_1.png", "b/IR_1.png", "a/VIS_1.png", "b/VIS_1.png")
    matches = match_files({"ir": tmp_path / "*/IR_*.png", "vis": tmp_path / "*/VIS_*.png"})
    assert list(matches) == ["a/1", "b/1"]


def test_a_pattern_goes_with_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "IR_7.png", "vis/7.png")
    matches = match_files({"ir": tmp_path / "IR_*.png", "vis": tmp_path / "vis"})
    assert matches == {"7": (tmp_path / "IR_7.png", tmp_path / "vis/7.png")}


def test_single_files_are_one_match_whatever_their_names(tmp_path: Path) -> None:
    touch(tmp_path, "thermal.png", "photo.jpg", "out.png")
    paths = [tmp_path / name for name in ("thermal.png", "photo.jpg", "out.png")]
    assert match_files(dict(zip("abc", paths, strict=True))) == {"thermal": tuple(paths)}


def test_names_without_partner_on_any_side_are_an_error_that_suggests_patterns(tmp_path: Path) -> None:
    touch(tmp_path, "ir/IR1.bmp", "vis/VIS1.bmp")
    with pytest.raises(UsageError, match=r"IR1\.bmp and VIS1\.bmp.*patterns such as"):
        match_files({"ir": tmp_path / "ir", "vis": tmp_path / "vis"})


def test_missing_and_empty_sides_are_named(tmp_path: Path) -> None:
    touch(tmp_path, "ir/1.png", "empty/readme.txt")
    with pytest.raises(UsageError, match=r"--vis: no file or folder .*nowhere"):
        match_files({"--ir": tmp_path / "ir", "--vis": tmp_path / "nowhere"})
    for vis in ("empty", "VIS*.png", "nowhere/*.png"):
        with pytest.raises(UsageError, match="--vis: no image in"):
            match_files({"--ir": tmp_path / "ir", "--vis": tmp_path / vis})


def test_an_image_without_partner_is_a_pair_that_cannot_be_read(tmp_path: Path) -> None:
    touch(tmp_path, "ir/1.png", "vis/1.png", "ir/2.png", "vis/3.png")
    whole, no_vis, no_ir = find_pairs(tmp_path / "ir", tmp_path / "vis")
    assert isinstance(whole, FilePair)
    assert isinstance(no_vis, BrokenPair)
    with pytest.raises(PairError, match=r"pair '2': .*2\.png has no visible image in .*vis; add it"):
        no_vis.read()
    with pytest.raises(PairError, match=r"pair '3': .*3\.png has no infrared image in .*ir; add it"):
        no_ir.read()
    before = no_vis.digest
    (tmp_path / "ir/2.png").write_bytes(b"other")
    assert no_vis.digest != before


@given(st.permutations(["b", "a10", "a9", "a09", "a", "9", "10", "1a", "a1b2", "²", "٣"]))
def test_natural_order_is_total(names: list[str]) -> None:
    assert sorted(names, key=natural_key)[:5] == ["1a", "٣", "9", "10", "a"]
    assert sorted(names, key=natural_key) == sorted(sorted(names), key=natural_key)


def test_natural_order_takes_digits_as_numbers() -> None:
    assert sorted(["b1", "a10", "a9", "a", "a09"], key=natural_key) == ["a", "a09", "a9", "a10", "b1"]
