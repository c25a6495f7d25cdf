"""M3FD: 4200 aligned pairs of streets and campuses with boxes of six classes, and the 300 that fusion is tested on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from ..errors import UsageError
from ._acquisition import Manual
from ._dataset import BrokenPair, Dataset, DatasetCard, PairSource
from ._labels.label import Label, LabelFolder
from ._labels.voc import VocFile
from ._labels.yolo import CLASSES_FILE, YoloFile, read_classes
from ._layout import find_folder, first_folder, wrong_folder
from ._pairing import find_pairs

_ORDERS: Mapping[str, tuple[str, ...]] = {
    "tardal": ("People", "Car", "Bus", "Lamp", "Motorcycle", "Truck"),
    "readme": ("People", "Car", "Bus", "Motorcycle", "Lamp", "Truck"),
}
_PLACES = ("M3FD_Detection", ".", "M3FD_Fusion")
"""Folders that hold the two sides, those with annotations first: an id of two of them is read from the first that
has both of its images."""


class M3fd(Dataset):
    """The authors' ``M3FD_Detection`` and ``M3FD_Fusion``, or the folders ``ir`` and ``vi`` of TarDAL's code."""

    card = DatasetCard(
        name="m3fd",
        title="M3FD, multi-scenario multi-modality",
        citation="J. Liu, X. Fan, Z. Huang, G. Wu, R. Liu, W. Zhong, Z. Luo: Target-aware Dual Adversarial Learning "
        "and a Multi-scenario Multi-Modality Benchmark to Fuse Infrared and Visible for Object Detection. CVPR, 2022",
        home="github.com/JinyuanLiu-CV/TarDAL, which links M3FD_Detection.zip and M3FD_Fusion.zip on Google Drive",
        licence="none stated for the data (TarDAL's code: GPL-3.0)",
        folder="M3FD",
        pairs=4200,
        splits={
            "all": "every pair; the authors have no split, and everybody who trains a detector makes their own",
            "fusion300": "the authors' M3FD_Fusion, the 300 pairs that fusion papers call M3FD",
        },
        default_split="all",
        quirks=(
            "The 300 of M3FD_Fusion are in M3FD_Detection under the same ids: whoever trains on 'all' and tests on "
            "'fusion300' tests on training data.",
            "Two orders of class numbers are in circulation, with Lamp and Motorcycle exchanged; annotations are "
            "therefore taken by name from Annotation/*.xml, and from labels/*.txt only where their order is stated.",
            "Lamp includes street lights and traffic lights.",
            "Infrared images were warped: some have black wedges at the border.",
            "Most pairs are 1024x768; others go down to 400x280.",
        ),
        classes=_ORDERS["tardal"],
        options={
            "class_order": "order of the class numbers in labels/*.txt: 'tardal' (3 Lamp, 4 Motorcycle) or 'readme' "
            f"(3 Motorcycle, 4 Lamp); not needed with Annotation/*.xml or labels/{CLASSES_FILE}",
        },
        acquisition=Manual(
            (
                "Open Google Drive folder 1H-oO7bgRuVFYDcMGvxstT1nmy0WF_Y_6, which github.com/JinyuanLiu-CV/TarDAL "
                "links.",
                "Download M3FD_Detection.zip and M3FD_Fusion.zip and unpack both.",
            ),
            (
                "M3FD_Detection/{Annotation/*.xml, Ir/*.png, Vis/*.png}  4200 pairs",
                "M3FD_Fusion/{Ir,Vis}/*.png  300 of them",
            ),
        ),
    )

    def find(self, root: Path | None, **options: str) -> list[PairSource]:
        """See :meth:`Dataset.find`; with annotations at all, a detection pair without one is a pair in error."""
        assert root is not None, "the card names a folder"
        order = _chosen_order(options)
        found: dict[str, PairSource] = {}
        every_label: list[LabelFolder] = []
        for place in _PLACES:
            base = root if place == "." else find_folder(root, place)
            ir, vis = (first_folder(base, names) if base else None for names in (["Ir"], ["Vis", "vi"]))
            if base is None or ir is None or vis is None:
                continue
            own = _labels(base, order)
            every_label += [own] if own else []
            label = own.of if own else _wherever_it_is(every_label)
            for source in find_pairs(ir, vis, label):
                if source.id not in found or _mends(source, found[source.id]):
                    found[source.id] = source
        if not found:
            expected = "'M3FD_Detection' or 'M3FD_Fusion' with the folders 'Ir' and 'Vis', or itself 'ir' and 'vi'"
            raise wrong_folder("m3fd", root, expected)
        return [found[id] for id in sorted(found)]

    def split_ids(self, split: str) -> list[str] | None:
        """See :meth:`Dataset.split_ids`; the whole is numbered without a gap."""
        return [f"{number:05d}" for number in range(4200)] if split == "all" else super().split_ids(split)


def _mends(later: PairSource, earlier: PairSource) -> bool:
    return isinstance(earlier, BrokenPair) and not isinstance(later, BrokenPair)


def _chosen_order(options: Mapping[str, str]) -> tuple[str, ...] | None:
    name = options.get("class_order")
    if name is not None and name not in _ORDERS:
        raise UsageError(f"data set 'm3fd': no class_order '{name}'; there are {', '.join(_ORDERS)}")
    return _ORDERS[name] if name else None


def _labels(base: Path, order: tuple[str, ...] | None) -> LabelFolder | None:
    """The annotations of a place: XML, which has names, else text with the order that somebody states."""
    names = M3fd.card.classes
    xml = first_folder(base, ["Annotation", "Annotations"])
    if xml:
        return LabelFolder(xml, ".xml", lambda path: VocFile(path, names))
    text = find_folder(base, "labels")
    if text is None:
        return None
    classes = order or read_classes(text, names)
    if classes is None:
        raise UsageError(
            f"data set 'm3fd': {text} has class numbers, and two orders of them are in circulation; write "
            f"{text / CLASSES_FILE} with a class a line in their order; or say it for one call: tardal (3 Lamp, "
            f'4 Motorcycle) or readme (3 Motorcycle, 4 Lamp), as options = {{ class_order = "tardal" }} below '
            f"[[datasets]] in an experiment file, and as --set class_order=tardal of 'hifbench data show'"
        )
    return LabelFolder(text, ".txt", lambda path: YoloFile(path, classes))


def _wherever_it_is(folders: list[LabelFolder]) -> Callable[[str], Label | None]:
    return lambda id: next((folder.of(id) for folder in folders if id in folder), None)


DATASET = M3fd()
