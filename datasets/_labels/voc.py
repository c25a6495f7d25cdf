"""Annotations of one image as XML in the form of PASCAL VOC, parsed without entities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ...errors import PairError
from .._pair import Box
from .label import Annotation, Label, check_class, fit, read_label

_CORNERS = ("xmin", "ymin", "xmax", "ymax")


class VocFile(Label):
    """One XML file: ``<object>`` with ``<name>`` and ``<bndbox>``.

    ``xmax - xmin`` is taken as the width, as the toolboxes of M3FD and LLVIP do and their COCO editions confirm; the
    VOC challenge itself counted the last pixel in. The flags ``difficult`` and ``truncated`` are not read: neither data
    set sets them.

    Args:
        path: the file.
        classes: names that the data set has.
    """

    def __init__(self, path: Path, classes: Sequence[str]) -> None:
        super().__init__(path)
        self._classes = classes

    def read(self, width: int, height: int) -> Annotation:
        """See :meth:`Label.read`."""
        root = _parse(self.path)
        stated = "x".join((root.findtext(f"size/{side}") or "0").strip() for side in ("width", "height"))
        if stated not in ("0x0", f"{width}x{height}"):  # some tools write 0x0, or no size
            raise PairError(
                f"{self.path} is of an image of {stated} pixels, and this one has {width}x{height}; take images and "
                f"annotations of one edition"
            )
        boxes = [self._box(found, number) for number, found in enumerate(root.iter("object"), 1)]
        return fit(boxes, width, height, self.path)

    def _box(self, found: Element, number: int) -> Box:
        where = f"{self.path}, object {number}"
        name = check_class((found.findtext("name") or "").strip(), self._classes, where)
        texts = [found.findtext(f"bndbox/{corner}") for corner in _CORNERS]
        try:
            x0, y0, x1, y1 = (float(text or "") for text in texts)
        except ValueError as error:
            written = ", ".join(f"{corner} {text!r}" for corner, text in zip(_CORNERS, texts, strict=True))
            raise PairError(f"{where}: four numbers are needed, and there is {written}; mend it") from error
        return Box(name, x0, y0, x1, y1)


def _parse(path: Path) -> Element:
    try:
        root: Element = fromstring(read_label(path), forbid_dtd=True)
    except DefusedXmlException as error:
        raise PairError(
            f"{path} declares entities or a document type, which an annotation has no use for and an attack has; get "
            f"it anew from its authors"
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise PairError(f"{path} is no XML ({error}); get it anew") from error
    if root.tag != "annotation":
        raise PairError(f"{path} is no VOC annotation: its root is <{root.tag}>, not <annotation>; get it anew")
    return root
