"""The same liquids quenched under different potentials: differences glass by glass."""
