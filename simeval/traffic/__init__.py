"""How road users behave: car following on paths, scripts, replay."""
