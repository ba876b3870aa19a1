"""Benchmarks: everything is measured beside something else in the same run, as ratios, medians and tails."""
