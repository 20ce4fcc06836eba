"""One file a version, in the order in which they were needed."""
