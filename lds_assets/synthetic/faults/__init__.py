"""Named scenarios: faults of files, of a plan, of the demo register; one module per source."""
