"""The words that WhatsApp itself puts in a chat, in Dutch and English, told apart from what people wrote.

In doubt it is text: whoever types such words to stay unseen must not succeed, so a mark is recognised only in its
exact form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.adapters.replay.identity import shown
from bot.adapters.replay.media import kind_of_file
from rules.vocabulary import Attachment, AttachmentKind

LRM = "\u200e"
"""The invisible mark (left-to-right) that iPhones put before WhatsApp's own words."""

_BLANK: Final = " \t\n\r\u00a0\u202f\u200e\u200f\ufeff"
_EDITED: Final = ("<Dit bericht is bewerkt>", "<This message was edited>")
_ATTACHED_AFTER: Final = (" (bestand bijgevoegd)", " (file attached)")
_ATTACHED_BEFORE: Final = ("<bijgevoegd: ", "<attached: ")
_FILE_NAME: Final = re.compile(r"[^\n]{1,250}\.\w{1,8}")
_DOCUMENT: Final = re.compile(r"([^\n]{1,250}\.\w{1,8})(?: • \d{1,5} (?:pages?|pagina['’]?s?|[kKMG]B))?(?:\n|$)")
_NOTHING: Final = {"", "null"}
"""What Android writes for what it cannot export, such as a photo that can be seen once."""
_DELETED: Final = {
    "dit bericht is verwijderd",
    "je hebt dit bericht verwijderd",
    "u hebt dit bericht verwijderd",
    "u heeft dit bericht verwijderd",
    "this message was deleted",
    "you deleted this message",
}
_WAITING: Final = {
    "wachten op dit bericht. dit kan even duren",
    "wachten op dit bericht",
    "waiting for this message. this may take a while",
    "waiting for this message",
}
_NOUNS: Final = {
    AttachmentKind.PHOTO: "afbeelding foto image photo",
    AttachmentKind.VIDEO: "video videobericht videonotitie video_note gif",
    AttachmentKind.AUDIO: "audio spraakbericht voice_message",
    AttachmentKind.STICKER: "sticker",
    AttachmentKind.DOCUMENT: "document",
    AttachmentKind.CONTACT: "contactkaart contact_card",
    AttachmentKind.MEDIA: "media eenmalige_foto eenmalige_video eenmalige_weergave eenmalig_spraakbericht "
    "view_once_photo view_once_video view_once_message view_once_voice_message",
}
_OMITTED: Final = {
    f"{noun.replace('_', ' ')} {omitted}": kind
    for kind, nouns in _NOUNS.items()
    for noun in nouns.split()
    for omitted in ("weggelaten", "omitted")
}
_LOCATION: Final = re.compile(r"(?:locatie|location): (https://maps\.google\.com/\?q=[-\d.,]{1,60})", re.IGNORECASE)
_LIVE_LOCATION: Final = {"live location shared", "livelocatie gedeeld", "live-locatie gedeeld"}
_POLL: Final = ("POLL:", "PEILING:")
_OPTION: Final = ("OPTION: ", "OPTIE: ")
_VOTES: Final = re.compile(r"\d{1,5} (?:votes?|stem(?:men)?)\)")


@dataclass(frozen=True, slots=True)
class Content:
    """What one message holds: `words` as the file has them, invisible marks around mentioned names included.

    `deleted`: its writer took it back; `waiting`: the phone had not received it yet.
    """

    words: str = ""
    attachments: tuple[Attachment, ...] = ()
    deleted: bool = False
    waiting: bool = False


def content_of(body: str, sizes: Mapping[str, int]) -> Content:
    """Return what stands behind a name, without WhatsApp's own words; `sizes` gives bytes of exported files by name."""
    body = _without_edited(body.strip(_BLANK))
    plain = body.casefold().rstrip(".")
    if plain in _DELETED:
        return Content(deleted=True)
    if plain in _WAITING:
        return Content(waiting=True)
    if shown(body) in _NOTHING:
        return _bare(AttachmentKind.MEDIA)
    return _file(body, sizes) or _omitted(body) or _place(body, plain) or _poll(body) or Content(body)


def _without_edited(body: str) -> str:
    """Take away the note that a message was edited."""
    for mark in _EDITED:
        if body.endswith(mark):
            return body[: -len(mark)].rstrip(_BLANK)
    return body


def _bare(kind: AttachmentKind, name: str | None = None) -> Content:
    """Return content that is an attachment and no text."""
    return Content(attachments=(Attachment(kind, name=name),))


def _file(body: str, sizes: Mapping[str, int]) -> Content | None:
    """Read `name (file attached)` and its caption below (Android), or a caption and `<attached: name>` (iOS)."""
    first, _, caption = body.partition("\n")
    name = ""
    if first.endswith(_ATTACHED_AFTER):
        name = first.rpartition(" (")[0]
    elif body.endswith(">"):
        for mark in _ATTACHED_BEFORE:
            before, found, after = body.rpartition(mark)
            if found and (not before or before.endswith(LRM)):
                name, caption = after[:-1], before
    name = shown(name)
    if not _FILE_NAME.fullmatch(name):
        return None
    own_name, rest = _document_name(caption)
    if own_name and name.endswith(own_name):
        caption = rest
    elif shown(caption) == name.rpartition(".")[0]:
        caption = ""
    kind = AttachmentKind.VIDEO if "-GIF-" in name else kind_of_file(name)
    return Content(caption, (Attachment(kind, name=name, size=sizes.get(name)),))


def _omitted(body: str) -> Content | None:
    """Read `<Media omitted>` and its caption below (Android), or a caption and `image omitted` (iOS)."""
    first, _, caption = body.partition("\n")
    if first.startswith("<") and first.endswith(">") and (kind := _OMITTED.get(first[1:-1].casefold())):
        return Content(caption, (Attachment(kind),))
    caption, _, mark = body.rpartition(LRM)
    kind = _OMITTED.get(mark.casefold())
    if kind is None:
        return None
    name, rest = _document_name(caption) if kind is AttachmentKind.DOCUMENT else (None, caption)
    return Content(rest, (Attachment(kind, name=name),))


def _document_name(caption: str) -> tuple[str | None, str]:
    """Split what stands with a document into its name, of which iPhones tell the pages too, and the real caption."""
    plain = shown(caption)
    match = _DOCUMENT.match(plain)
    return (match[1], plain[match.end() :].strip()) if match else (None, caption)


def _place(body: str, plain: str) -> Content | None:
    """Read a place that somebody shared; the link that shows it becomes the attachment's name."""
    if plain in _LIVE_LOCATION:
        return _bare(AttachmentKind.LOCATION)
    match = _LOCATION.fullmatch(body)
    return _bare(AttachmentKind.LOCATION, match[1]) if match else None


def _poll(body: str) -> Content | None:
    """Read a poll: the question and the options are its text; the votes, which change from day to day, are not."""
    first, _, rest = body.partition("\n")
    if first not in _POLL or not rest:
        return None
    lines = []
    for line in map(shown, rest.split("\n")):
        option, bracket, votes = line.rpartition(" (")
        if line.startswith(_OPTION) and bracket and _VOTES.fullmatch(votes):
            line = option.partition(": ")[2]
        lines.append(line)
    return Content("\n".join(lines).strip(), (Attachment(AttachmentKind.POLL),))
