"""Where messages come in and go out: one package per platform. Platform objects stop here."""
