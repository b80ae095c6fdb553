"""Numba kernels: compiled loops over contiguous arrays and numbers, and nothing else.

No classes, strings, None or input/output inside; the modules one floor up convert once and check at the door.
"""
