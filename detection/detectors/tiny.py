"""The small detector of our own: luminance in, boxes of the classes that it was trained on out.

Network and training are wholly this project's code (:mod:`hifbench.detection.tiny`), so the weights that ship with it
are Apache-2.0 as the project is; those of a YOLO trained with ultralytics would carry the AGPL.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ...color import quantise, split
from ...errors import WeightsError
from ...tensors import fill, load_tensors, read_note
from ..objects import Objects
from ..suppression import suppress
from ..tiny.cuts import RENDERINGS
from ..tiny.network import MULTIPLE, VERSION, TinyNet, corners
from ._detector import DetectorCard, Image, inside, sha256_of

CONFIDENCE, OVERLAP, MOST = 0.01, 0.6, 300


class Tiny:
    """Our detector with weights of ``hifbench train detector``.

    Args:
        path: the ``.safetensors`` file.
        device: ``cpu`` or ``cuda:i``.

    Raises:
        WeightsError: the file holds no such detector.
    """

    def __init__(self, path: Path, device: str = "cpu") -> None:
        digest, note = sha256_of(path), read_note(path)
        classes = note.get("recipe", {}).get("classes")
        if note.get("method") != "detector" or not classes:
            raise WeightsError(f"{path} holds no detector of 'hifbench train detector'; give --detector another file")
        self._device = torch.device(device)
        self._network = TinyNet(len(classes))
        fill(self._network, load_tensors(path), path)
        self._network.to(self._device)
        shipped = path.resolve().parent == Path(__file__).resolve().parents[1] / "weights"
        self.card = DetectorCard(
            name=path.stem,
            file=path.name,
            sha256=digest,
            reader=f"hifbench, torch {torch.__version__}",
            licence="Apache-2.0" if shipped else "that of whoever trained them",
            classes=tuple(classes),
            runs_on=device,
            settings={"confidence": CONFIDENCE, "overlap": OVERLAP, "most": MOST},
            trained_on=str(note.get("trained_on", "not known")),
            dataset=str(note["recipe"].get("dataset", "")),
            learnt_from=RENDERINGS,
            version=VERSION,
        )

    def detect(self, image: Image) -> Objects:
        """See :meth:`hifbench.detection.detectors._detector.Detector.detect`; colour does not count."""
        height, width = image.shape[:2]
        rgb = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].to(torch.float32) / 255
        grey = (quantise(split(rgb)[0]) / 255).to(self._device, torch.float32)
        # The last row and column are repeated: coordinates stay, and no edge appears that could be an object's.
        grey = F.pad(grey, (0, -width % MULTIPLE, 0, -height % MULTIPLE), mode="replicate")
        with torch.inference_mode():
            centres, boxes = self._network(grey)
            scores, places, classes = _peaks(centres[0])
            found = corners(boxes)[0].flatten(1)[:, places].T
        labels = classes.cpu().numpy()
        objects = inside(
            Objects(
                tuple(self.card.classes[label] for label in labels),
                found.cpu().numpy().astype(np.float64),
                scores.cpu().numpy().astype(np.float64),
            ),
            height,
            width,
        )
        assert objects.scores is not None
        numbers = np.array([self.card.classes.index(label) for label in objects.labels], dtype=np.int64)
        return objects.only(suppress(objects.corners, objects.scores, numbers, OVERLAP))


def _peaks(logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Scores, places and classes of the local maxima of (classes, H, W), best first."""
    heat = logits.sigmoid()
    peak = F.max_pool2d(heat[None], 3, stride=1, padding=1)[0] == heat
    scores, order = torch.where(peak, heat, 0).flatten().sort(descending=True, stable=True)
    kept = int((scores[:MOST] >= CONFIDENCE).sum())
    size = logits[0].numel()
    return scores[:kept], order[:kept] % size, order[:kept] // size
