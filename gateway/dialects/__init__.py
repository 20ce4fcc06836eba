"""API surfaces, a file each: where text stands in their bodies, and how they say no."""
