"""EMIS Web, IM1 bulk feed."""
