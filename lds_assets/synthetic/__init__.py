"""Seeded generator of supplier deliveries in the suppliers' own file formats."""
