"""London's GP data platform: supplier extracts, gated by consent, standardised to OLIDS."""
