"""Why is a practice's data here, or not? The road asked end to end, for one practice or for all."""
