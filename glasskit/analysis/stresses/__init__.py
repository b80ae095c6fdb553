"""The distribution of local stresses P(sigma), its local slopes, and its prediction from g(r)."""
