"""Measurements of speed and size; `python -m benchmarks` prints them as one table."""
