"""Glasses beside oscillators without space: one analysis of the soft modes of both, one table, one figure.

`samples` brings curves of both worlds to one form, `windows` measures them in windows that one rule makes in both,
`laws` tests how the prefactor A_g depends on what the samples were made with, `text` and `figure` show it all, and
`command` is what `glasskit compare` does.
"""

from .command import compare

__all__ = ["compare"]
