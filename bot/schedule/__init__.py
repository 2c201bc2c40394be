"""What keeps time: the weekly summary and the housekeeping of each hour. APScheduler stays in here."""
