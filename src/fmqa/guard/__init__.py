"""Controls access: who may ask, under which host name, and how many at once."""
