"""The axes that a ``plot()`` of this room draws on."""

from ..axes import HUES, axes_for

__all__ = ["HUES", "axes_for"]
