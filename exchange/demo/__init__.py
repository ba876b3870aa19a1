"""The demo: an invented population, departments with stores of different kinds, and one case."""
