"""The bot: adapters, pipeline, cases, commands, desk, schedule and storage."""
