"""What matters for long and heavy vehicles: the space they sweep, couplings, tipping over, braking late.

All are measured on request; `simeval-truck` asks for them. They apply to any vehicle, those about pulled
bodies only to one that pulls something. Masses, centres of gravity and brakes are those of the vehicle set
that fits the ego (`simeval.vehicles.choose`): a scenario knows no more than kind and size.
"""
