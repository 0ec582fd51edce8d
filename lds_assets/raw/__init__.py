"""raw stage of the road."""
