"""Chat exports: what people really have of chats that no bot can be in."""

from bot.adapters.replay.export import read_export
from bot.adapters.replay.result import Export, ExportError, Unreadable

__all__ = ["Export", "ExportError", "Unreadable", "read_export"]
