"""Acts on e-licenses: issue, change, present, check, print, and notify."""
