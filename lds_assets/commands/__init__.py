"""The commands of `lds`, one module each."""
