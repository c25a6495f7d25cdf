"""``hifbench import``, from a folder of pictures to rows of a run."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from rundir import scores

from hifbench import datasets
from hifbench.bench import plan
from hifbench.bench.cell import CLEAN
from hifbench.bench.current_method import CurrentMethod
from hifbench.bench.experiment import parse
from hifbench.bench.origins import store
from hifbench.bench.origins.imported import Imported, card_of_results
from hifbench.bench.sources import prepare, read
from hifbench.errors import MethodError, TransientError, UsageError
from hifbench.methods._iterative import unwatched

METRICS = 'metrics = ["EN", "AG", "PSNR", "SSIM"]\n'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(f'title = "Own"\nmethods = ["laplacian"]\n{METRICS}[[datasets]]\nname = "folder"\n')
    return path


@pytest.fixture
def fused(hifbench, pairs_folder: Path, tmp_path: Path) -> Path:
    """What ``laplacian`` makes of the six pairs, as PNG files, three of them in colour."""
    done = hifbench(
        "fuse", "laplacian", "--ir", pairs_folder / "ir", "--vis", pairs_folder / "vis", "--out", tmp_path / "made"
    )
    assert done.status == 0, done.err
    return tmp_path / "made"


def take_in(hifbench, results: object, root: Path, *more: object, method: str = "rfnet"):
    return hifbench("import", results, "--method", method, "--dataset", "folder", "--data", root, *more)


def values(run_dir: Path, method: str) -> pd.DataFrame:
    table = scores(run_dir)
    return table[table["method"] == method].drop(columns="method").reset_index(drop=True)


def test_imported_pictures_score_as_the_method_that_made_them(hifbench, pairs_folder, fused, own) -> None:
    done = take_in(hifbench, fused, pairs_folder)
    assert done.status == 0, done.err
    assert "6 of 6 pairs of folder, split all: rfnet" in done.err
    done = hifbench("run", own, "--data", pairs_folder, "--method", "rfnet", "--out", "run")
    assert done.status == 0, done.err
    pd.testing.assert_frame_equal(values(Path("run"), "rfnet"), values(Path("run"), "laplacian"), rtol=0, atol=0)
    assert "rfnet: 6 pictures made elsewhere" in " ".join(done.out.split())
    assert "imported pictures: folder/all (6)" in hifbench("list", "methods").out
    assert "6 pictures of folder/all" in hifbench("doctor").out


def test_real_pairs_score_as_the_method_that_made_them(hifbench, shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "real.toml"
    path.write_text(
        f'title = "Real"\nmethods = ["average"]\n{METRICS}[[datasets]]\nname = "roadscene"\nsplit = "unseen"\n'
    )
    arguments = ("--data", shared / "data", "--limit", 2, "--out", "run")
    assert hifbench("run", path, *arguments, "--keep-fused").status == 0
    made = next(Path("run/fused").rglob("average"))
    done = hifbench("import", made, "--method", "mine", "--dataset", "roadscene", "--split", "unseen", *arguments[:2])
    assert done.status == 0, done.err
    assert "odd" not in done.err
    assert hifbench("run", path, *arguments, "--method", "mine").status == 0
    pd.testing.assert_frame_equal(values(Path("run"), "mine"), values(Path("run"), "average"), rtol=0, atol=0)


def test_half_a_folder_leaves_error_rows(hifbench, pairs_folder, fused, own) -> None:
    for index in (3, 4, 5):
        (fused / f"p{index}.png").unlink()
    shutil.copy(fused / "p0.png", fused / "p77.png")
    done = take_in(hifbench, fused, pairs_folder)
    assert done.status == 0
    assert "missing: 3 of 6 pairs have no picture: p3, p4, p5" in done.err
    assert "extra: 1 pictures are of no pair of the split: p77.png" in done.err
    done = hifbench("run", own, "--data", pairs_folder, "--methods", "rfnet", "--out", "run")
    assert done.status == 1
    errors = values(Path("run"), "rfnet").groupby("pair")["error"].first()
    assert errors[["p0", "p1", "p2"]].isna().all()
    for pair in ("p3", "p4", "p5"):
        assert errors[pair].startswith(f"no picture of pair {pair} was imported (there was none among the results)")


def test_better_results_replace_error_rows_and_nothing_else(hifbench, pairs_folder, fused, own) -> None:
    kept = (fused / "p5.png").read_bytes()
    (fused / "p5.png").unlink()
    take_in(hifbench, fused, pairs_folder)
    run = ("run", own, "--set", "chunk=1", "--data", pairs_folder, "--methods", "rfnet", "--out", "run")
    assert hifbench(*run).status == 1
    (fused / "p5.png").write_bytes(kept)
    assert take_in(hifbench, fused, pairs_folder).status == 0
    done = hifbench(*run)
    assert done.status == 0, done.err
    assert "1 fusions computed" in done.err


@pytest.mark.parametrize(("name", "pattern"), [("x_{}_rfnet.png", "x_*_rfnet.png"), ("{}.PNG", "*.png")])
def test_any_rule_of_names(hifbench, pairs_folder, fused, tmp_path, name: str, pattern: str) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for path in fused.iterdir():
        shutil.copy(path, theirs / name.format(path.stem))
    done = take_in(hifbench, theirs / pattern, pairs_folder)
    assert done.status == 0, done.err
    assert list(store.read("rfnet")["folder"][0].pictures) == [f"p{index}" for index in range(6)]


def test_a_text_around_the_names_is_found_and_said(hifbench, pairs_folder, fused) -> None:
    for path in list(fused.iterdir()):
        path.rename(fused / f"out_{path.stem}_fused.png")
    done = take_in(hifbench, fused, pairs_folder)
    assert done.status == 0, done.err
    assert "names are read as 'out_*_fused' with the pair's name for *" in done.err
    assert "6 of 6 pairs" in done.err


def test_names_that_are_of_no_pair(hifbench, pairs_folder, fused) -> None:
    for index, path in enumerate(sorted(fused.iterdir())):
        path.rename(fused / f"image {index + 100}.png")
    done = take_in(hifbench, fused, pairs_folder)
    assert done.status == 2
    assert "none of the 6 pictures" in done.err
    assert "'results/*_fused.png'" in done.err
    assert store.names() == []


def test_another_size_is_refused_or_resized_and_said(hifbench, pairs_folder, fused, own) -> None:
    small = Image.open(fused / "p1.png").resize((32, 24))
    small.save(fused / "p1.png")
    done = take_in(hifbench, fused, pairs_folder)
    assert done.status == 1
    assert "p1.png is 32x24, its pair 64x48; make it at that size, or have it resized with --resize" in done.err
    assert "p1" in store.read("rfnet")["folder"][0].absent
    done = take_in(hifbench, fused, pairs_folder, "--resize")
    assert done.status == 0
    assert "odd: p1: resized (from 32x24)" in done.err
    done = hifbench("run", own, "--data", pairs_folder, "--methods", "rfnet", "--out", "run")
    assert ", 1 resized" in " ".join(done.out.split())


def test_what_is_odd_is_said(hifbench, pairs_folder, fused, own) -> None:
    shutil.copy(pairs_folder / "ir" / "p0.png", fused / "p0.png")
    pixels = np.asarray(Image.open(fused / "p1.png"))
    Image.fromarray(np.roll(pixels, (2, -3), (0, 1))).save(fused / "p1.png")
    shutil.copy(fused / "p5.png", fused / "p2.png")
    Image.fromarray(np.asarray(Image.open(fused / "p3.png")).astype(np.uint16) * 257).save(fused / "p3.png")
    Image.open(fused / "p4.png").convert("L").save(fused / "p4.jpg", quality=95)
    (fused / "p4.png").unlink()
    (fused / "p5.png").write_bytes(b"no picture")
    done = take_in(hifbench, fused, pairs_folder)
    assert done.status == 1
    assert "odd: p0: no more than the infrared image" in done.err
    assert "odd: p1: shifted against the sources (by 3 left and 2 down)" in done.err
    assert "odd: p2: hardly of their sources, by the edges" in done.err
    assert "not imported: p3: " in done.err
    assert "holds more than 8 bit" in done.err
    assert "not imported: p5: cannot read" in done.err
    assert "lossy: 1 pictures are JPEG" in done.err
    done = hifbench("run", own, "--data", pairs_folder, "--methods", "rfnet", "--out", "run")
    shown = " ".join(done.out.split())
    assert "4 pictures made elsewhere" in shown
    assert "1 of them JPEG, which loses detail, 1 no more than the infrared image, 1 shifted against" in shown


def test_the_card_says_where_they_are_from(hifbench, pairs_folder, fused) -> None:
    take_in(hifbench, fused, pairs_folder, "--license", "CC BY 4.0", "--made-by", "their MATLAB code")
    card = json.loads(store.card_of("rfnet", "folder", "all").read_text())
    assert (card["licence"], card["made_by"], card["files"], card["colour"]) == ("CC BY 4.0", "their MATLAB code", 6, 3)
    assert card["source"] == str(fused)
    assert set(card["pictures"]) == {f"p{index}" for index in range(6)}


def test_a_picture_that_was_changed_afterwards_is_an_error(hifbench, pairs_folder, fused, own) -> None:
    take_in(hifbench, fused, pairs_folder)
    (results,) = store.read("rfnet")["folder"]
    path = results.folder / f"{results.pictures['p0'].sources}.png"
    Image.new("L", (64, 48)).save(path)
    hifbench("run", own, "--data", pairs_folder, "--methods", "rfnet", "--out", "run")
    errors = values(Path("run"), "rfnet").groupby("pair")["error"].first()
    assert errors.notna().sum() == 1
    assert "was changed after the import" in errors["p0"]
    take_in(hifbench, fused, pairs_folder)  # as the error says
    assert hifbench("run", own, "--data", pairs_folder, "--methods", "rfnet", "--out", "run").status == 0
    assert values(Path("run"), "rfnet")["error"].isna().all()


def test_data_sets_that_share_pairs_keep_their_own_pictures(hifbench, pairs_folder, fused, monkeypatch) -> None:
    take_in(hifbench, fused, pairs_folder)
    (ours,) = store.read("rfnet")["folder"]
    there = {"folder": [ours], "other": [ours.model_copy(update={"pictures": {}})]}
    monkeypatch.setattr(store, "read", lambda name: there)
    sources = prepare(read(datasets.load("folder", pairs_folder)[0], torch.device("cpu")), CLEAN)
    ir, vis = sources.ir, sources.vis
    origin = Imported(card_of_results("rfnet"), "default", {})
    assert origin.build("cpu", "folder").fuse(ir, vis).shape == vis.shape
    with pytest.raises(MethodError, match="no picture of these two images was imported"):
        origin.build("cpu", "other").fuse(ir, vis)


def test_splits_keep_their_own_pictures_and_of_a_pair_in_both_the_later_counts(hifbench, pairs_folder, fused) -> None:
    take_in(hifbench, fused, pairs_folder)
    (first,) = store.read("rfnet")["folder"]
    picture = first.pictures["p0"]
    hidden = first.folder.with_name(".again.tmp")
    hidden.mkdir()
    path = hidden / f"{picture.sources}.png"
    Image.new("L", (64, 48), 77).save(path)
    again = picture.model_copy(update={"stored": hashlib.sha256(path.read_bytes()).hexdigest()})
    other = {"split": "some", "within": "some-00000001", "pictures": {"p0": again}}
    store.put(first.model_copy(update=other | {"imported": "2999-01-01T00:00:00+00:00"}), hidden)
    sources = prepare(read(datasets.load("folder", pairs_folder)[0], torch.device("cpu")), CLEAN)
    later = Imported(card_of_results("rfnet"), "default", {})
    assert torch.all(later.build("cpu", "folder").fuse(sources.ir, sources.vis) * 255 == 77)
    ours = later.build("cpu", "folder/all").fuse(sources.ir, sources.vis) * 255
    assert not torch.all(ours == 77)  # what was imported for a split goes before all other
    assert torch.all(later.build("cpu", "folder/some").fuse(sources.ir, sources.vis) * 255 == 77)
    second = prepare(read(datasets.load("folder", pairs_folder)[1], torch.device("cpu")), CLEAN)
    with pytest.raises(MethodError, match="no picture of these two images"):
        later.build("cpu", "folder/some").fuse(second.ir, second.vis)
    said = later.remarks()
    assert said["folder/some"].startswith("1 pictures made elsewhere")
    assert "for split all; 1 pictures made elsewhere" in said["folder"]
    hidden.mkdir()
    shutil.copy(later._results["folder"][1].folder / path.name, path)
    store.put(
        first.model_copy(update=other | {"within": "some-00000002", "imported": "1999-01-01T00:00:00+00:00"}), hidden
    )
    earlier = Imported(card_of_results("rfnet"), "default", {})
    assert not torch.all(earlier.build("cpu", "folder").fuse(sources.ir, sources.vis) * 255 == 77)
    assert earlier.of_pairs("folder", ["p0"]) != later.of_pairs("folder", ["p0"])


def test_an_import_that_was_replaced_leaves_nothing(hifbench, pairs_folder, fused) -> None:
    assert "replaced" not in take_in(hifbench, fused, pairs_folder).err
    done = take_in(hifbench, fused, pairs_folder)
    assert done.status == 0
    assert f"replaced: 6 pictures that were imported from {fused} on " in done.err
    (results,) = store.read("rfnet")["folder"]
    there = {path.name for path in results.folder.parent.iterdir() if not path.name.startswith(".")}
    assert there == {"all.json", results.folder.name}


def test_degraded_images_and_other_data_are_left_out(hifbench, pairs_folder, fused, tmp_path) -> None:
    take_in(hifbench, fused, pairs_folder)
    path = tmp_path / "degraded.toml"
    path.write_text(
        f'title = "D"\nmethods = ["average", "rfnet"]\n{METRICS}[[datasets]]\nname = "folder"\n[[datasets]]\n'
        'name = "synthetic"\n[[degradations]]\nname = "blur"\nseverities = [2]\n'
    )
    done = hifbench("run", path, "--data", pairs_folder, "--limit", 1, "--out", "run")
    assert done.status == 0, done.err
    assert "skipped: rfnet on degraded folder: its pictures were made of the clean images elsewhere" in done.err
    assert "skipped: rfnet on synthetic: no results were imported for it; add them with 'hifbench import" in done.err


def test_without_results_the_row_is_skipped_and_its_name_is_an_error(hifbench, pairs_folder, own) -> None:
    text = own.read_text().replace('["laplacian"]', '["average", "rfnet"]')
    own.write_text(text)
    done = hifbench("run", own, "--data", pairs_folder, "--out", "run")
    assert done.status == 0
    assert "skipped: rfnet: rfnet has no code here; import its fused pictures with 'hifbench import RESULTS" in done.err
    done = hifbench("run", own, "--data", pairs_folder, "--methods", "rfnet", "--out", "run")
    assert done.status == 2
    assert "'hifbench import RESULTS --method rfnet --dataset NAME'" in done.err


@pytest.mark.parametrize(
    ("name", "message"),
    [("average", "hifbench runs average itself; .* such as average-theirs"), ("../x", "a name is letters, digits")],
)
def test_names_that_cannot_be_imported(hifbench, pairs_folder, fused, name: str, message: str) -> None:
    done = take_in(hifbench, fused, pairs_folder, method=name)
    assert done.status == 2
    assert re.search(message, done.err)


def test_a_name_of_ones_own_is_known_afterwards(hifbench, pairs_folder, fused, own) -> None:
    done = hifbench("run", own, "--data", pairs_folder, "--methods", "ours-v2", "--out", "run")
    assert (done.status, "unknown method 'ours-v2'" in done.err) == (2, True)
    take_in(hifbench, fused, pairs_folder, method="Ours-V2")
    done = hifbench("run", own, "--data", pairs_folder, "--methods", "ours-v2", "--out", "run", "--workers", 2)
    assert done.status == 0, done.err
    done = hifbench("run", own, "--data", pairs_folder, "--methods", "ours-v3", "--out", "run")
    assert "did you mean ours-v2, whose results are imported?" in done.err
    assert (
        hifbench(
            "show", "p0", "--dataset", "folder", "--data", pairs_folder, "--methods", "ours-v2", "--out", "s.png"
        ).status
        == 0
    )


def test_an_import_between_plan_and_fusion_is_not_scored_as_the_one_before(hifbench, pairs_folder, fused, own) -> None:
    take_in(hifbench, fused, pairs_folder)
    experiment = parse(own.read_text().replace('"laplacian"', '"rfnet"'), "own")
    (cell, *_) = plan.make("own", experiment, pairs_folder).cells
    before = CurrentMethod("cpu", unwatched).of(cell)
    assert before.card.name == "rfnet"
    other = np.asarray(Image.open(fused / "p0.png")) // 2
    Image.fromarray(other).save(fused / "p0.png")
    take_in(hifbench, fused, pairs_folder)
    with pytest.raises(TransientError, match="rfnet: its code, weights or imported pictures were exchanged since"):
        CurrentMethod("cpu", unwatched).of(cell)


def test_a_copied_card_is_refused_and_takes_no_pictures_of_others_with_it(hifbench, pairs_folder, fused) -> None:
    take_in(hifbench, fused, pairs_folder)
    shutil.copytree(store.root() / "rfnet", store.root() / "mine")
    assert "all.json is of rfnet, folder/all" in hifbench("list", "methods").out
    done = take_in(hifbench, fused, pairs_folder, method="mine")
    assert done.status == 0, done.err
    for method in ("rfnet", "mine"):
        (results,) = store.read(method)["folder"]
        assert len(list(results.folder.iterdir())) == 6


def test_a_damaged_card_skips_its_row_and_is_mended_by_an_import(hifbench, pairs_folder, fused, own) -> None:
    take_in(hifbench, fused, pairs_folder)
    store.card_of("rfnet", "folder", "all").write_text('{"format": 1}')
    own.write_text(own.read_text().replace('["laplacian"]', '["average", "rfnet"]'))
    done = hifbench("run", own, "--data", pairs_folder, "--out", "run")
    assert done.status == 0, done.err
    assert "skipped: rfnet: " in done.err
    assert "is of format 1, not 2; import again, or delete it" in done.err
    assert take_in(hifbench, fused, pairs_folder).status == 0
    done = hifbench("run", own, "--data", pairs_folder, "--methods", "rfnet", "--out", "run")
    assert done.status == 0, done.err


@pytest.mark.parametrize("within", ["..", "other-00000000", "all-00000000/.."])
def test_a_card_that_points_elsewhere_is_refused(hifbench, pairs_folder, fused, within: str) -> None:
    take_in(hifbench, fused, pairs_folder)
    card = store.card_of("rfnet", "folder", "all")
    content = json.loads(card.read_text())
    card.write_text(json.dumps(content | {"within": within}))
    with pytest.raises(UsageError, match="names no folder of its own pictures"):
        store.read("rfnet")


def test_of_two_pairs_with_the_same_images_one_picture_counts_and_that_is_said(hifbench, pairs_folder, fused) -> None:
    for side in ("ir", "vis"):
        shutil.copy(pairs_folder / side / "p0.png", pairs_folder / side / "p9.png")
    shutil.copy(fused / "p1.png", fused / "p9.png")
    done = take_in(hifbench, fused, pairs_folder)
    assert "odd: p9: another than that of a pair with the same two images, which is taken" in done.err
    pictures = store.read("rfnet")["folder"][0].pictures
    assert pictures["p0"].stored == pictures["p9"].stored
