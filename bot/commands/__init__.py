"""What people ask of the bot: the same operations for the chat, the command line and, later, the desk."""
