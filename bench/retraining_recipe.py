"""How the detectors of the protocol ``retrained`` are trained: all that ultralytics would otherwise choose itself."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Augmentation(BaseModel):
    """Random changes of the training pictures: ultralytics' own, written down so that no version changes them.

    What is not here is fixed in :data:`hifbench.detection.training.FIXED`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    hsv_h: float = Field(default=0.015, ge=0, le=1, description="hue")
    hsv_s: float = Field(default=0.7, ge=0, le=1, description="saturation")
    hsv_v: float = Field(default=0.4, ge=0, le=1, description="brightness")
    translate: float = Field(default=0.1, ge=0, le=1, description="shift, as a share of the picture")
    scale: float = Field(default=0.5, ge=0, le=1, description="zoom, up to 1 plus or minus this")
    fliplr: float = Field(default=0.5, ge=0, le=1, description="how often left and right are exchanged")
    mosaic: float = Field(default=1.0, ge=0, le=1, description="how often four pictures are put together")
    close_mosaic: int = Field(default=10, ge=0, description="last epochs without it")


class Retraining(BaseModel):
    """One recipe for every row of the tables, from random weights."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    architecture: str = Field(
        default="yolov8n", pattern=r"^(yolov5|yolov8|yolo11)[nsmlx]$", description="network, such as yolov8n or yolov5s"
    )
    split: str = Field(default="train", description="of the tested data set, to learn from")
    pairs: int | None = Field(default=None, ge=1, description="use the first so many of them; all when left out")
    epochs: int = Field(default=100, ge=1, description="passes over them")
    image_size: int = Field(default=640, ge=32, multiple_of=32, description="longer side of the pictures, in pixels")
    batch: int = Field(default=16, ge=1, description="pictures in a step")
    rate: float = Field(default=0.001, gt=0, lt=1, description="learning rate of AdamW at the start")
    seed: int = Field(default=0, ge=0, description="of the initial weights, the order and the augmentation")
    augmentation: Augmentation = Field(default=Augmentation(), description="random changes of the pictures")
