"""Where everything is kept: tables, migrations and one store per subject. SQLAlchemy stays in here."""
