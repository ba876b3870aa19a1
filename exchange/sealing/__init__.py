"""Acts on e-seals, and the use and checking of seals."""
