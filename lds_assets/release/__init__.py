"""release stage of the road."""
