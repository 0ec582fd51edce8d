"""marts stage of the road."""
