"""How vehicles move: models, limits, steering laws."""
