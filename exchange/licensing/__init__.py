"""E-licenses at work: issued, changed, shown, checked, printed, told of."""
