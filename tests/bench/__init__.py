"""Benchmarks: ratios, medians and tails, measured beside a reference in the same run."""
