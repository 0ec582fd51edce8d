"""landing stage of the road."""
