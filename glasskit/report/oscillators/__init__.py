"""Reports of coupled oscillators: one `Section` per analysis, put together in `report`.

A sample is an instance here, one disorder at its minimum, with one mode for each oscillator. The analyses are those of
glasses, from `glasskit.analysis`, which speaks of glasses; `words` puts its sentences right.
"""

from .report import oscillator_report

__all__ = ["oscillator_report"]
