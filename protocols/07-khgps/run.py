"""Run this protocol and analyse it: ``python run.py [RECIPE.toml [DIR]]``; by default quick.toml into runs/quick."""

import sys

from glasskit.protocol import run_protocol

if __name__ == "__main__":
    sys.exit(run_protocol(__file__))
