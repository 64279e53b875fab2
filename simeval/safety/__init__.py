"""What road users do to each other and to the road: contacts, kinds of collision, TTC, the road's edge."""
