"""The demo: an invented population, departments that keep it each in their own way, and one case."""
