"""suppliers stage of the road."""
