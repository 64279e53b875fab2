"""NAVSIM's scores of a plan, quirks included: simulate it for four seconds, measure, weigh.

The functions follow the code that runs in autonomousvision/navsim (commit 0a380a9), not its documents. Where
NAVSIM does something surprising, the function that does it says so.
"""
