"""TPP SystmOne, Strategic Reporting Extract."""
