"""Measurements of serving, each with the peers it is held against in the same run on the same weights.

Knows engines, clocks and memory. Does not know the command line, or HTTP.
"""
