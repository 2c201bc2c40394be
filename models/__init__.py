"""Classifiers behind one port, and what they learn from."""
