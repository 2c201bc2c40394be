"""A case from its first flag to its closing: values, steps, routing. Pure: no store, no platform, no clock."""
