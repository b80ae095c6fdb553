"""Liquids: autocorrelation and overlap decay, verdicts on equilibrium, demixing, the onset temperature."""
