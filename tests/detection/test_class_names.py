"""Classes of a detector and of a data set, put together by name."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from hifbench.datasets import DATASETS
from hifbench.detection.class_names import map_classes
from hifbench.detection.coco_classes import COCO_CLASSES
from hifbench.errors import UsageError


def test_coco_has_the_names_that_ultralytics_ships() -> None:
    yaml = pytest.importorskip("yaml")
    ultralytics = find_spec("ultralytics")
    if ultralytics is None or ultralytics.origin is None:
        pytest.skip("ultralytics, whose list of classes is the reference, is not installed")
    listed = yaml.safe_load((Path(ultralytics.origin).parent / "cfg" / "datasets" / "coco.yaml").read_text())["names"]
    assert tuple(listed[number] for number in range(80)) == COCO_CLASSES


@pytest.mark.parametrize(
    ("dataset", "mapping", "unmapped"),
    [
        ("llvip", {"person": "person"}, ()),
        (
            "m3fd",
            {"person": "People", "car": "Car", "bus": "Bus", "motorcycle": "Motorcycle", "truck": "Truck"},
            ("Lamp",),
        ),
        ("synthetic", {"person": "person", "car": "car"}, ()),
    ],
)
def test_coco_on_the_annotated_data_sets(dataset: str, mapping: dict[str, str], unmapped: tuple[str, ...]) -> None:
    mapped = map_classes(COCO_CLASSES, DATASETS.get(dataset).card.classes)
    assert mapped.names == mapping
    assert mapped.unmapped == unmapped
    assert mapped.classes == tuple(name for name in DATASETS.get(dataset).card.classes if name in mapping.values())


def test_two_names_of_the_detector_may_mean_one_class() -> None:
    mapped = map_classes(["Pedestrian", "people", "tree"], ["person"])
    assert mapped.names == {"Pedestrian": "person", "people": "person"}


def test_no_class_in_common_is_an_error_that_names_both_sides() -> None:
    with pytest.raises(UsageError, match=r"none of the classes person, car is among .* ship, plane; .*--detector"):
        map_classes(["ship", "plane"], ["person", "car"])
