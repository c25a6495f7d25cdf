"""The errors that hifbench raises on purpose.

Every message is one line that says what is wrong, where (file, pair, method, key) and how to mend it: the
command line prints it without a traceback and ends with ``exit_status``.
"""


class HifbenchError(Exception):
    """Base of all errors raised on purpose; ends the command with exit status 2."""

    exit_status = 2


class UsageError(HifbenchError):
    """The call cannot be carried out as made: an unknown name, a wrong option, a missing folder."""


class PairError(HifbenchError):
    """One pair cannot be used (unreadable file, unequal sizes, identical files); the others can."""

    exit_status = 1


class MetricError(HifbenchError):
    """One metric is not defined for an image, for example because the image is too small for its windows."""

    exit_status = 1


class WeightsError(HifbenchError):
    """A weights file is missing, unreadable, or does not fit the network."""


class TransientError(HifbenchError):
    """Something that another try may not meet: memory that others take, a file that was exchanged meanwhile."""

    exit_status = 1


class DownloadError(HifbenchError):
    """A data set could not be got: no connection, a wrong checksum, an archive that is damaged or not to be trusted."""

    exit_status = 1


class MethodError(HifbenchError):
    """A fusion method cannot fuse this pair, for example because it is too small."""

    exit_status = 1


class TrainingError(HifbenchError):
    """A training run cannot go on: the loss diverged, or its checkpoint cannot be written."""

    exit_status = 1


class DivergedError(TrainingError):
    """The loss, a gradient or a weight became infinite or NaN.

    Attributes:
        what: which, and when.
        rate: a learning rate that may fare better.
    """

    def __init__(self, what: str, rate: float) -> None:
        super().__init__(f"{what}; try a smaller learning rate, --set rate={rate:g}, with another --out")
        self.what, self.rate = what, rate
