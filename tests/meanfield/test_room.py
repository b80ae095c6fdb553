"""The docstring of a room says where everything is, and names nothing that is not there."""

from __future__ import annotations

import pkgutil
import re

import pytest

from glasskit import meanfield, theory


@pytest.mark.parametrize("room", [meanfield, theory])
def test_every_module_is_named(room):
    modules = {module.name for module in pkgutil.iter_modules(room.__path__)}
    assert set(re.findall(r"`(\w+)`", room.__doc__)) == modules
