"""Densities of states: histograms, their integral, reduced densities and the boson peak, phonons, participation."""
