"""DM-Fusion (imported results only): deep model-driven network, an unfolded fusion model.

Xu, He, Wang, Zhu and Ding, "DM-Fusion: Deep Model-Driven Network for Heterogeneous Image Fusion", IEEE Trans. Neural
Networks and Learning Systems, 2023. We found no code to port; works of others bear nearly the same name.
"""

from __future__ import annotations

from ._method import MethodCard
from ._results_only import ResultsOnly


class DmFusion(ResultsOnly):
    """DM-Fusion: deep model-driven network, an unfolded fusion model; the card alone."""

    card = MethodCard(
        name="dm-fusion",
        title="DM-Fusion: deep model-driven network, an unfolded fusion model",
        paper="Xu, He, Wang, Zhu and Ding, IEEE Trans. Neural Networks and Learning Systems, 2023",
        year=2023,
        trained_on="not stated: the results were made elsewhere",
        needs_results=True,
    )


METHOD = DmFusion
