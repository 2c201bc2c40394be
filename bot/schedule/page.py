"""A page of short tables as plain text and as HTML for mail programs.

Mail programs know no style sheets to rely on and must fetch nothing: styles are inline, there is no image, and
tables carry headers and captions for people who have them read aloud. Plain text says exactly the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final


@dataclass(frozen=True, slots=True)
class Table:
    """Two columns: what, and how much. `total` is the last row, `remark` a sentence below it."""

    title: str
    head: tuple[str, str]
    rows: tuple[tuple[str, str], ...]
    total: tuple[str, str] | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """What stands out at the top: calm, or a warning."""

    title: str
    lines: tuple[str, ...]
    calm: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that one mail says, in order; `language` is `nl` or `en`."""

    language: str
    title: str
    intro: str
    box: Box
    tables: tuple[Table, ...]
    notes_title: str
    notes: tuple[str, ...]


def to_text(page: Page) -> str:
    """Return the page as plain text."""
    blocks = [
        [page.title, "=" * len(page.title), page.intro],
        [("" if page.box.calm else "! ") + page.box.title, *(f"- {line}" for line in page.box.lines)],
        *(_text_table(table) for table in page.tables),
        [page.notes_title, *(f"- {note}" for note in page.notes)],
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"


def _text_table(table: Table) -> list[str]:
    rows = [*table.rows, *([table.total] if table.total else [])]
    return [
        table.title,
        "-" * len(table.title),
        *(f"{name}: {value}" for name, value in rows),
        *([table.remark] if table.remark else []),
    ]


INK: Final = "#1c2b33"
QUIET: Final = "#52636d"
ACCENT: Final = "#0b5563"
LINE: Final = "#d8e0e3"
FONT: Final = "font-family:Segoe UI,Helvetica,Arial,sans-serif"
CELL: Final = f"padding:8px 12px;border-bottom:1px solid {LINE};font-size:15px;line-height:20px"
"""Colours stand on white or on their box with a contrast of 4.5 or more (WCAG 2.2, 1.4.3)."""


def to_html(page: Page) -> str:
    """Return the page as an HTML document."""
    blocks = [_html_head(page), _html_box(page.box), *map(_html_table, page.tables), _html_notes(page)]
    rows = "\n".join(f'<tr><td style="padding:0 28px 24px">\n{block}\n</td></tr>' for block in blocks[1:])
    return f"""<!DOCTYPE html>
<html lang="{page.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light">
<title>{escape(page.title)}</title>
</head>
<body style="margin:0;padding:24px 8px;background:#eef2f3;color:{INK};{FONT}">
<table role="presentation" align="center" cellpadding="0" cellspacing="0" width="100%" \
style="max-width:600px;margin:0 auto;background:#ffffff;border:1px solid {LINE}">
{blocks[0]}
{rows}
</table>
</body>
</html>
"""


def _html_head(page: Page) -> str:
    return f"""<tr><td style="padding:28px;background:{ACCENT};color:#ffffff">
<h1 style="margin:0 0 6px;font-size:24px;line-height:30px;font-weight:600">{escape(page.title)}</h1>
<p style="margin:0;font-size:15px;line-height:22px">{escape(page.intro)}</p>
</td></tr>
<tr><td style="height:24px;line-height:24px">&nbsp;</td></tr>"""


def _html_box(box: Box) -> str:
    edge, ground = ("#2b7a4b", "#e9f5ee") if box.calm else ("#b45309", "#fff5e0")
    lines = "".join(f'<li style="margin:6px 0 0">{escape(line)}</li>' for line in box.lines)
    points = f'\n<ul style="margin:0;padding:0 0 0 18px;font-size:15px;line-height:21px">{lines}</ul>' if lines else ""
    return f"""<div style="padding:14px 16px;background:{ground};border-left:5px solid {edge}">
<h2 style="margin:0;font-size:17px;line-height:22px;font-weight:600">{escape(box.title)}</h2>{points}
</div>"""


def _html_table(table: Table) -> str:
    head = "".join(
        f'<th scope="col" align="{side}" style="{CELL};border-bottom:2px solid {ACCENT};'
        f'font-size:13px;color:{QUIET};font-weight:600">{escape(name)}</th>'
        for name, side in zip(table.head, ("left", "right"), strict=True)
    )
    rows = [_html_row(name, value) for name, value in table.rows]
    if table.total:
        rows.append(_html_row(*table.total, weight=600))
    remark = (
        f'\n<p style="margin:8px 12px 0;font-size:13px;line-height:18px;color:{QUIET}">{escape(table.remark)}</p>'
        if table.remark
        else ""
    )
    return f"""<table cellpadding="0" cellspacing="0" width="100%" style="border-collapse:collapse">
<caption style="padding:0 0 4px;font-size:17px;line-height:24px;font-weight:600;text-align:left;color:{ACCENT}">\
{escape(table.title)}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{"".join(rows)}</tbody>
</table>{remark}"""


def _html_row(name: str, value: str, weight: int = 400) -> str:
    style = f"{CELL};font-weight:{weight}"
    return (
        f'<tr><th scope="row" align="left" style="{style}">{escape(name)}</th>'
        f'<td align="right" style="{style};white-space:nowrap">{escape(value)}</td></tr>\n'
    )


def _html_notes(page: Page) -> str:
    lines = "".join(f'<li style="margin:4px 0 0">{escape(note)}</li>' for note in page.notes)
    return f"""<h2 style="margin:0;font-size:15px;line-height:20px;font-weight:600">{escape(page.notes_title)}</h2>
<ul style="margin:0;padding:0 0 0 18px;font-size:13px;line-height:19px;color:{QUIET}">{lines}</ul>"""
