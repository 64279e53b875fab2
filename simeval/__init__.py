"""Closed-loop simulation evaluation of learned driving policies."""

__version__ = "0.1.0"
