"""Terminology: the deployment's own code releases, and what of them a release shows."""
