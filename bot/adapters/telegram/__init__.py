"""Telegram: what arrives becomes our events, what we say becomes its messages; the library is used nowhere else."""
