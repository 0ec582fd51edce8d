"""canonical stage of the road."""
