"""IVF-Net (imported results only): unfolding network that fuses images of different resolutions.

Ju, He, Liu, Kang, Su and Zhang, "IVF-Net: An Infrared and Visible Data Fusion Deep Network for Traffic Object
Enhancement in Intelligent Transportation Systems", IEEE Trans. Intelligent Transportation Systems, 2022. We found no
code to port.
"""

from __future__ import annotations

from ._method import MethodCard
from ._results_only import ResultsOnly


class IvfNet(ResultsOnly):
    """IVF-Net: unfolding network that fuses images of different resolutions; the card alone."""

    card = MethodCard(
        name="ivf-net",
        title="IVF-Net: unfolding network that fuses images of different resolutions",
        paper="Ju, He, Liu, Kang, Su and Zhang, IEEE Trans. Intelligent Transportation Systems, 2022",
        year=2022,
        trained_on="not stated: the results were made elsewhere",
        needs_results=True,
    )


METHOD = IvfNet
