"""persons stage of the road."""
