"""What one configuration shows: harmonic modes, participation, local stresses, structure.

Here live the quantities of a single glass, as functions of a configuration or of its Hessian. Making the glass is in
``particles``; averages over many glasses, with error bars, are in ``analysis``.

``modes`` is the door to the harmonic spectrum; ``completeness`` finds the lowest modes and proves that none is
missing, with ``krylov`` (the eigensolver) and ``inertia`` (factorisations that count eigenvalues; ``dissection`` and
``multifrontal``: sparse ones by dense blocks). For glasses too large to factorise, ``filtered`` finds the lowest
modes and estimates whether all are there, and ``spectral_density`` estimates D(omega), both by ``polynomials``.
"""
