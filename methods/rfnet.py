"""RFNet (imported results only): registration and fusion that reinforce each other.

Xu, Ma, Yuan, Le and Liu, "RFNet: Unsupervised Network for Mutually Reinforcing Multi-modal Image Registration and
Fusion", CVPR 2022, pp. 19679-19688. We found no code to port.
"""

from __future__ import annotations

from ._method import MethodCard
from ._results_only import ResultsOnly


class RfNet(ResultsOnly):
    """RFNet: registration and fusion that reinforce each other; the card alone."""

    card = MethodCard(
        name="rfnet",
        title="RFNet: registration and fusion that reinforce each other",
        paper="Xu, Ma, Yuan, Le and Liu, CVPR 2022",
        year=2022,
        trained_on="not stated: the results were made elsewhere",
        needs_results=True,
    )


METHOD = RfNet
