"""What one configuration shows: harmonic modes, participation, local stresses, structure.

Here live the quantities of a single glass, or of a liquid, as functions of a configuration or of its Hessian. Making
the glass is in ``particles``; averages over many glasses, with error bars, are in ``analysis``.

``modes`` is the door to the harmonic spectrum; ``completeness`` finds the lowest modes and proves that none is
missing, with ``krylov`` (the eigensolver) and ``inertia`` (factorisations that count eigenvalues; ``dissection`` and
``multifrontal``: sparse ones by dense blocks). For glasses too large to factorise, ``filtered`` finds the lowest
modes and estimates whether all are there, and ``spectral_density`` estimates D(omega), both by ``polynomials``.
``consecutive_modes`` finds modes by their number, anywhere in a spectrum; ``mode_shape`` and ``mode_decay`` say how
they fall off around their core; ``elasticity`` measures moduli, ``local_stress`` and ``pressure_identity`` stresses.

Liquids: ``structure`` (composition), ``radial``, ``structure_factor``, ``bond_order``, ``overlap``, ``liquid_record``.
"""
