"""operations stage of the road."""
