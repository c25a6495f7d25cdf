"""Loading in general: errors of the call, splits, slices, digests."""

from pathlib import Path

import pytest
from PIL import Image

from hifbench import datasets
from hifbench.datasets._dataset import (
    Dataset,
    DatasetCard,
    FilePair,
    PairSequence,
    PairSource,
    manifest_digest,
)
from hifbench.errors import UsageError


class Toy(Dataset):
    """Five pairs, of which one is bad; ``ids`` may be set to others."""

    card = DatasetCard(
        name="toy",
        title="Toy",
        citation="",
        home="",
        licence="none stated",
        folder="toy",
        pairs=8,
        splits={"all": "every pair", "half": "some"},
        default_split="all",
        excluded={"bad": "it is bad", "worse": "it is not there"},
        options={"colour": "what it says"},
    )
    ids = ("a", "b", "bad", "c", "d")

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        assert root is not None
        return [FilePair(id, root / f"ir/{id}.png", root / f"vis/{id}.png") for id in self.ids]

    def split_ids(self, split: str) -> list[str] | None:
        return ["d", "bad", "e", "b"] if split == "half" else super().split_ids(split)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for level, side in enumerate(("ir", "vis")):
        (tmp_path / "toy" / side).mkdir(parents=True)
        for id in Toy.ids:
            Image.new("L", (4, 3), level).save(tmp_path / "toy" / side / f"{id}.png")
    return tmp_path


def test_a_split_without_list_is_every_usable_pair_found(root: Path) -> None:
    pairs = Toy().load(root)
    assert (pairs.split, pairs.ids) == ("all", ("a", "b", "c", "d"))
    assert pairs.coverage == "4 of 6"  # eight in the full data set, two of them known bad
    assert pairs.excluded == {"bad": "it is bad"}


def test_a_list_gives_the_order_and_what_to_expect(root: Path) -> None:
    pairs = Toy().load(root, "half")
    assert (pairs.ids, pairs.coverage) == (("d", "b"), "2 of 4")  # a known-bad pair is left out even if listed


def test_sequences_are_sliced_without_reading(root: Path) -> None:
    pairs = Toy().load(root)
    (root / "toy/ir/a.png").unlink()
    part = pairs[1:3]
    assert isinstance(part, PairSequence)
    assert (part.ids, part.coverage, part.excluded) == (("b", "c"), "2 of 6", pairs.excluded)
    assert pairs.first(2).ids == ("a", "b")
    assert pairs.first(None).ids == pairs.ids
    assert pairs[-1].id == "d"
    with pytest.raises(IndexError):
        pairs[4]


def test_unknown_split_and_option_suggest_the_near_ones(root: Path) -> None:
    with pytest.raises(UsageError, match="no split 'hlaf'; did you mean 'half'"):
        Toy().load(root, "hlaf")
    with pytest.raises(UsageError, match="no split 'zzz'; it has: all, half"):
        Toy().load(root, "zzz")
    with pytest.raises(UsageError, match="no option 'color'; did you mean 'colour'"):
        Toy().load(root, color="red")
    with pytest.raises(UsageError, match="no option 'ir'; it has: none"):
        datasets.load("tno", root, ir="x")


def test_a_misspelt_data_set_suggests_the_near_one() -> None:
    with pytest.raises(UsageError, match="unknown data set 'roadscen'; did you mean roadscene"):
        datasets.load("roadscen")


def test_a_missing_root_and_a_missing_folder_say_what_to_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HIFBENCH_DATA", raising=False)
    with pytest.raises(UsageError, match="needs a data root: give --data ROOT"):
        datasets.load("roadscene")
    with pytest.raises(UsageError, match=r"no folder .*RoadScene; the data root must hold 'RoadScene'"):
        datasets.load("roadscene", tmp_path)


def test_a_split_of_which_nothing_is_there_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Toy, "ids", ("a", "bad"))
    with pytest.raises(UsageError, match="none of its 4 pairs is in"):
        Toy().load(root, "half")


def test_two_pairs_of_one_id_are_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Toy, "ids", ("a", "b", "a"))
    with pytest.raises(UsageError, match="two pairs are called 'a'"):
        Toy().load(root)


def test_digests_follow_content_and_order_not_place(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("moved") / "data"
    before = manifest_digest(Toy().load(root).sources)
    root.rename(other)
    moved = Toy().load(other)
    assert manifest_digest(moved.sources) == before
    assert manifest_digest(moved.sources[::-1]) != before
    Image.new("L", (4, 3), 9).save(other / "toy/vis/c.png")
    changed = Toy().load(other)
    assert manifest_digest(changed.sources) != before
    (other / "toy/vis/c.png").unlink()
    missing = Toy().load(other)
    assert manifest_digest(missing.sources) not in (before, manifest_digest(changed.sources))


def test_a_band_is_part_of_the_digest(root: Path) -> None:
    files = root / "toy/ir/a.png", root / "toy/vis/a.png"
    digests = {FilePair("a", *files, vis_band=band).digest for band in (None, 0, 1)}
    assert len(digests) == 3
