"""TNO: pairs found by rule in a tree of names alone, splits, and the real files."""

import csv
import hashlib
import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from hifbench import datasets
from hifbench.datasets._dataset import FilePair, PairSource
from hifbench.datasets._images import read_image
from hifbench.datasets.tno import DATASET
from hifbench.errors import PairError, UsageError

ARCHIVE = [
    tuple(line.split("\t"))
    for line in (Path(__file__).with_name("tno_archive.txt")).read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]

# What else lies in the archive: composites, near infrared, intensifier, day photographs, litter.
DECOYS = [
    "README.txt",
    "Athena_images/2_men_in_front_of_house/meting003_rg.bmp",
    "Athena_images/APC_1/view_1/fk_06_005_rg.bmp",
    "Athena_images/APC_1/view_2/VIS_fk_ref_01_005_rg.bmp",
    "Athena_images/APC_2/view_1/fk_ge_03_005_rg.bmp",
    "Athena_images/bunker/VIS_bunker-rg.bmp",
    "Athena_images/heather/hei_vis_rg.bmp",
    "Athena_images/REFERENCES/camera.pdf",
    "DHV_images/README.txt",
    "DHV_images/bench/NIR_37dhvG.bmp",
    "DHV_images/sandpath/NIR_18dhvG.bmp",
    "DHV_images/wall/NIR_163dhvG.BMP",
    "FEL_images/Duine_sequence/Thumbs.db",
    "FEL_images/Tree_sequence/thermal/Thumbs.db",
    "Triclobs_images/Bosnia/NIR_G.bmp",
    "Triclobs_images/Farm/Farm_II.bmp",
    "Triclobs_images/Farm/photo.bmp",
    "Triclobs_images/Farm/Thumbs.db",
    "Triclobs_images/Kaptein_01/NIR01.bmp",
    "Triclobs_images/Kaptein_19/NIR19.bmp",
    "Triclobs_images/Kaptein_19/photo.bmp",
    "Triclobs_images/Kaptein_1654/Kaptein_1654_II.bmp",
    "Triclobs_images/Kaptein_1654/Kaptein_1654_REF.bmp",
    "Triclobs_images/Movie_14/Movie_14_II.bmp",
    "Triclobs_images/Marne_01/Marne_01_REF.bmp",
    "Triclobs_images/barbed_wire_1/G_NIR.tif",
    "Triclobs_images/barbed_wire_2/b_NIR-MarnehNew_24RGB_1110.tif",
    "Triclobs_images/houses_with_3_men/NIR.bmp",
    "Triclobs_images/houses_with_3_men/daylight.bmp",
    "Triclobs_images/soldier_behind_smoke/NIR-MarnehNew_15RGB_603.tif",
    "tank/NIR.tif",
    *(
        f"Triclobs_images/{scene}/{name}"
        for scene in ("Balls", "House", "Veluwe", "Vlasakkers", "pancake_house")
        for name in ("NIR.bmp", "VIS.bmp", f"{scene}_NIR.tif", f"{scene}_REF.bmp")
    ),
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    for name in [name for pair in ARCHIVE for name in pair] + DECOYS:
        path = root / "TNO" / "TNO_Image_Fusion_Dataset" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def names(sources: list[PairSource], base: Path) -> set[tuple[str, str]]:
    assert all(isinstance(source, FilePair) for source in sources)
    return {
        (source.ir.relative_to(base).as_posix(), source.vis.relative_to(base).as_posix())
        for source in sources
        if isinstance(source, FilePair)
    }


def test_exactly_the_235_pairs_are_found_infrared_first(archive: Path) -> None:
    sources = DATASET.find(archive / "TNO")
    assert len(set(ARCHIVE)) == len(sources) == len({source.id for source in sources}) == 235
    assert names(sources, archive / "TNO/TNO_Image_Fusion_Dataset") == set(ARCHIVE)


def test_the_folder_may_be_the_archive_itself(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "TNO").symlink_to(archive / "TNO" / "TNO_Image_Fusion_Dataset")
    assert datasets.load("tno", tmp_path).ids == datasets.load("tno", archive).ids


def test_ids_read_like_places(archive: Path) -> None:
    ids = {source.id for source in DATASET.find(archive / "TNO")}
    assert {
        "Athena/APC_2/view_3",
        "DHV/wall",
        "DHV/Fire/part_1/2",
        "DHV/Fire/part_3/80",
        "FEL/Duine/7400",
        "Triclobs/barbed_wire_1",
        "tank",
    } <= ids


def test_only_the_fire_sequence_takes_one_band(archive: Path) -> None:
    sources = [source for source in DATASET.find(archive / "TNO") if isinstance(source, FilePair)]
    banded = {source.id: source.vis_band for source in sources if source.vis_band is not None}
    assert len(banded) == 106
    assert set(banded.values()) == {0}
    assert all(id.startswith("DHV/Fire/part_") for id in banded)


def test_full_archive_has_90_and_142_and_232_usable_pairs(archive: Path) -> None:
    train, test, both = (datasets.load("tno", archive, split) for split in ("train", "test", "all"))
    assert (train.coverage, test.coverage, both.coverage) == ("90 of 90", "142 of 142", "232 of 232")
    assert set(train.ids).isdisjoint(test.ids)
    assert set(train.ids) | set(test.ids) == set(both.ids)
    assert set(both.excluded) == {"Triclobs/Marne_15", "Triclobs/Movie_24", "Triclobs/Movie_14"}
    assert datasets.load("tno", archive).split == "test"


# Places of more than one name; judged by eye.
PLACES = {
    "Marnehuizen": (
        "Triclobs/Marne_",
        "Triclobs/barbed_wire_",
        "Triclobs/soldier_behind_smoke",
        "Triclobs/soldiers_with_jeep",  # the very view of Marne_04
    ),
    "Movie": (
        "Triclobs/Movie_",
        "Triclobs/houses_with_3_men",  # Movie_14
        "Triclobs/square_with_houses",  # Movie_12
        "Triclobs/jeep_in_smoke",  # Movie_18
    ),
    "house": ("Athena/2_men_in_front_of_house", "Athena/man_in_doorway"),
}


def place(id: str) -> str:
    """The place or sequence that a pair belongs to, as the split means it."""
    parts = id.split("/")
    if parts[0] == "FEL" or id.startswith(("DHV/Fire", "Athena/APC")):
        return "/".join(parts[:2])
    for name, members in PLACES.items():
        if id.startswith(members):
            return name
    return id.rstrip("0123456789").rstrip("_")


def test_no_place_is_in_both_splits(archive: Path) -> None:
    train, test = ({place(id) for id in datasets.load("tno", archive, split).ids} for split in ("train", "test"))
    assert train.isdisjoint(test)
    assert {"FEL/Nato_camp", "FEL/Duine", "Movie", "Triclobs/Kaptein", "house"} <= train
    assert {"FEL/Tree", "DHV/Fire", "Marnehuizen", "Athena/soldier_in_trench"} <= test


def test_a_second_file_for_one_side_spoils_that_pair(tmp_path: Path) -> None:
    scene = tmp_path / "TNO/Triclobs_images/Reek"
    scene.mkdir(parents=True)
    for name in ("Reek_IR.bmp", "Reek_Vis.bmp", "Reek_Vis.tif"):
        (scene / name).touch()
    pairs = datasets.load("tno", tmp_path, "all")
    with pytest.raises(PairError, match=r"Reek_Vis\.bmp and .*Reek_Vis\.tif claim one place"):
        pairs[0]


def test_a_folder_that_is_not_the_archive_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "TNO/ir").mkdir(parents=True)
    (tmp_path / "TNO/ir/01.png").touch()
    with pytest.raises(UsageError, match=r"TNO must hold pairs in 'Athena_images'.* it holds 'ir'"):
        datasets.load("tno", tmp_path)


def test_the_visible_image_of_a_fire_frame_is_its_red_channel(tmp_path: Path) -> None:
    part = tmp_path / "TNO/DHV_images/Fire_sequence/part_2"
    for folder in ("rad", "dhv"):
        (part / folder).mkdir(parents=True)
    Image.new("RGB", (5, 4), (90, 90, 90)).save(part / "rad/RADheli7.bmp")
    Image.new("RGB", (5, 4), (51, 200, 3)).save(part / "dhv/DHVheli7.bmp")
    pair = datasets.load("tno", tmp_path, "test")[0]
    assert pair.id == "DHV/Fire/part_2/7"
    assert torch.equal(pair.vis, torch.full((4, 5), 51 / 255))
    assert torch.equal(pair.ir, torch.full((4, 5), 90 / 255))


@pytest.fixture(scope="module")
def shared() -> Path:
    if "HIFBENCH_SHARED" not in os.environ:
        pytest.skip("HIFBENCH_SHARED is not set")
    return Path(os.environ["HIFBENCH_SHARED"]) / "data"


def test_the_names_here_are_those_of_the_measured_list(shared: Path) -> None:
    with (shared / "tno_pairs.csv").open(newline="", encoding="utf-8") as stream:
        assert [(row["ir"], row["vis"]) for row in csv.DictReader(stream)] == ARCHIVE


def test_the_local_sample_is_read_as_the_list_measured_it(shared: Path) -> None:
    with (shared / "tno_pairs.csv").open(newline="", encoding="utf-8") as stream:
        rows = {row["ir"]: row for row in csv.DictReader(stream) if row["in_sample"] == "True"}
    base = shared / "TNO" / "TNO_Image_Fusion_Dataset"
    train, test, both = (datasets.load("tno", shared, split) for split in ("train", "test", "all"))
    assert (train.coverage, test.coverage, both.coverage) == ("90 of 90", "37 of 142", "127 of 232")
    assert len(rows) == len(both) + len(both.excluded)
    for source in both.sources:
        assert isinstance(source, FilePair)
        row = rows[source.ir.relative_to(base).as_posix()]
        pair = source.read()
        assert "{1}x{0}".format(*pair.ir.shape) == row["ir_size"] == row["vis_size"]
        colour = row["vis_ndim"] == "3" and not source.id.startswith("DHV/Fire")
        assert pair.vis.ndim == (3 if colour else 2), source.id


def test_the_excluded_pairs_are_as_bad_as_the_card_says(shared: Path) -> None:
    found = {source.id: source for source in DATASET.find(shared / "TNO")}
    for id in ("Triclobs/Marne_15", "Triclobs/Movie_24"):
        with pytest.raises(PairError, match="sizes differ"):
            found[id].read()
    movie, houses = found["Triclobs/Movie_14"], found["Triclobs/houses_with_3_men"]
    assert torch.equal(movie.read().ir, houses.read().ir)


def test_no_two_usable_pairs_share_an_infrared_image(shared: Path) -> None:
    digests: dict[str, str] = {}
    for source in datasets.load("tno", shared, "all").sources:
        assert isinstance(source, FilePair)
        pixels = hashlib.sha256(read_image(source.ir).numpy().tobytes()).hexdigest()
        assert digests.setdefault(pixels, source.id) == source.id
