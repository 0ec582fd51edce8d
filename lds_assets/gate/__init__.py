"""gate stage of the road."""
