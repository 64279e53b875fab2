"""Waymax's metrics: its own definitions, quirks included, for comparison with numbers of that simulator.

Source: Gulino et al., Waymax, NeurIPS 2023, and what waymax/metrics does at commit 48b33d7.
"""
