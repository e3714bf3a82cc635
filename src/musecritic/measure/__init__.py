"""Measuring: figures of a test, their intervals, their tables."""
