"""The web pages and endpoints of the bot: for now the one that Telegram delivers to."""
