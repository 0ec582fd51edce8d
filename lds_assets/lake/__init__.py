"""lake stage of the road."""
