"""E-mail to people: over SMTP, or into a folder."""
