"""The exponent s of the density of states: D(omega) ~ omega^s.

`verdict.judge_exponent` says all that is known in one result. It is made of `fit` (maximum likelihood), `rate_models`
and `model_comparison` (which powers the data allow), `window_scan`, `correction_to_scaling`, `lowest_frequency` (and
its scaling with N), `goodness_of_fit` and `prefactor`; `planning` says what an answer costs, `synthetic_modes` makes
known truth.
"""
