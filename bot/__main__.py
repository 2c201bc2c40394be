"""The way in: `klasveilig`, and `python -m bot`.

Nothing is imported before it is needed, because a worker process begins by importing the program's main module: this
way it loads what it judges with and not the command line, the database and Telegram as well.
"""


def main() -> None:
    """Run the command line."""
    from bot.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
