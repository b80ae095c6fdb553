"""Exceptions of the package: what was found, what was expected, what to do, and any partial result."""

from __future__ import annotations

from typing import Any


class GlasskitError(Exception):
    """Base class of every exception raised on purpose.

    Parameters
    ----------
    message : str
        One sentence: what was found, what was expected, what to do.
    partial : object, optional
        The result so far, where there is one; kept as the attribute ``partial``.
    """

    def __init__(self, message: str, partial: Any = None):
        super().__init__(message)
        self.partial = partial

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way home from a worker process, partial result included."""
        return type(self), (str(self), self.partial)


class InputError(GlasskitError, ValueError):
    """An argument, file or recipe that cannot be used as given."""


class ConvergenceError(GlasskitError, RuntimeError):
    """An iteration stopped before its tolerance; ``partial`` holds the result so far."""


class IncompleteSpectrumError(GlasskitError, RuntimeError):
    """Modes are missing, negative, or the number of zero modes is wrong; ``partial`` holds what was found."""


class NumericalError(GlasskitError, RuntimeError):
    """A consistency check on floating-point numbers failed (for example the drift of a running energy)."""


class InsufficientDataError(GlasskitError, RuntimeError):
    """Too few samples for the number asked for; ``partial`` holds the estimate so far."""


class StorageError(GlasskitError, RuntimeError):
    """A file is missing, truncated, of another recipe, or cannot be written."""


class GlasskitWarning(UserWarning):
    """A result is given, but a choice of its arguments makes it mean something else than its name says."""
