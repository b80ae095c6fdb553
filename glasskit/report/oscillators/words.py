"""Sentences of `glasskit.analysis`, which speaks of glasses, in the words of a world of instances."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from .. import measured
from ..measured import Refused

T = TypeVar("T")

_WORDS = (
    (r"\ball modes of a glass, dN\s?[−-]\s?d\b", "all N modes of an instance"),
    (r"\bdN\s?[−-]\s?d\b", "N"),
    (r"\ba glass\b", "an instance"),
    (r"\bA glass\b", "An instance"),
    (r"\bglasses\b", "instances"),
    (r"\bglass\b", "instance"),
    (r"\bGlasses\b", "Instances"),
    (r"\bparticles\b", "oscillators"),
)


def in_instances(sentence: str) -> str:
    """Return a sentence of the analysis with instances for glasses and oscillators for particles."""
    for pattern, word in _WORDS:
        sentence = re.sub(pattern, word, sentence)
    return sentence


def attempt(function: Callable[..., T], *arguments: Any, **keywords: Any) -> T | Refused:
    """Return what a function of the analysis returns, or its refusal, in the words of instances."""
    found = measured.attempt(function, *arguments, **keywords)
    return Refused(in_instances(found.reason)) if isinstance(found, Refused) else found


def worded(figure: Any) -> Any:
    """Return a figure that the analysis drew, with its title and legends in the words of instances."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_text(in_instances(text.get_text()))
    return figure
