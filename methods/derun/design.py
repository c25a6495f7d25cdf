"""What a DeRUN network looks like: every choice that the paper leaves open, and every ablation, as one value each.

Two designs are named. ``printed`` follows the text of the paper with the gaps filled as the project's notes
recommend (resolutions D1-D15). ``default`` is ours: the same equations with the operators started at Sobel filters,
because the printed one does not train to a sensible fusion. Neither is known to be the authors' code, which is not
public.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Design(BaseModel):
    """Structure and initial values of a DeRUN network; the defaults are our ``default`` configuration.

    The scalars are where training starts: each is learned anew in every stage, for each filter.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    stages: int = Field(default=9, ge=1, le=50, description="N, unfolded iterations")
    filters: int = Field(default=2, ge=1, le=8, description="L, filters of the denoising term of Eq. 3")
    textures: int = Field(default=2, ge=0, le=8, description="K, filters of the texture term; 0 is the model of Eq. 2")
    width: int = Field(default=8, ge=1, le=64, description="C, channels of an extractor")
    sharing: Literal["partial", "siamese", "symmetrical"] = Field(
        default="partial", description="weights of the extractors: PWSM, common to VFM and SPM, or all apart"
    )
    inverse: Literal["gradient", "scalar"] = Field(
        default="gradient", description="how Qa is inverted: one gradient step on Y, or dividing by a number"
    )
    psi: Literal["l1", "l2"] = Field(
        default="l1", description="the denoising regulariser: the absolute value or half the square"
    )
    physical: bool = Field(default=True, description="the physical constraint of JCS, second term of Eq. 11")
    denoising: bool = Field(default=True, description="the denoising constraint of JCS, third term of Eq. 11")
    start: Literal["sobel", "random"] = Field(default="sobel", description="extractors at the start")
    border: Literal["replicate", "zeros"] = Field(default="replicate", description="padding of the extractors")
    bias: bool = Field(default=False, description="whether the extractors' convolutions have a bias")
    rho: float = Field(default=10.0, gt=0, description="penalty weight of E = T_l Y")
    tau: float = Field(default=1.0, gt=0, description="penalty weight of H = T_k (Y - M)")
    threshold: float = Field(default=0.03, gt=0, description="lambda/rho, what S takes off")
    mu: float = Field(default=0.001, gt=0, description="weight of phi")
    theta: float = Field(default=1.0, gt=0, description="of phi(a) = log(1 + theta a^2); not learned")
    anchor: float = Field(default=0.1, gt=0, description="lambda_H, weight of JCS")
    sigma: float = Field(default=0.5, description="step of H")
    phi: float = Field(default=1.0, description="step of F")
    omega: float = Field(default=1.0, description="step of G")

    @property
    def jcs(self) -> bool:
        """Whether H is drawn to a joint constraint at all."""
        return self.textures > 0 and (self.physical or self.denoising)

    @property
    def extractors(self) -> int:
        """Extractors of a stage that have weights of their own: T_l, T_k and what stands for their transposes."""
        return 2 * (self.filters + self.textures)

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if self.sharing == "siamese" and self.textures not in (0, self.filters):
            raise ValueError("siamese extractors serve VFM and SPM in pairs: set textures to filters, or to 0")
        return self


DEFAULT = Design()

PRINTED = Design(
    filters=1,  # D6
    textures=1,
    width=16,  # D5
    inverse="scalar",  # D3
    start="random",
    border="zeros",
    bias=True,
    rho=0.1,  # D8, as tau, sigma, phi and omega
    tau=0.1,
    threshold=0.01,  # of the project's notes, as D8 says nothing of it, mu and lambda_H
    mu=0.1,
    anchor=0.1,
    sigma=0.1,
    phi=0.1,
    omega=0.1,
)
