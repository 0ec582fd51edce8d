"""schema stage of the road."""
