"""What kind of thing a file is, by its name."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from rules.vocabulary import AttachmentKind

_EXTENSIONS: Final = {
    AttachmentKind.PHOTO: "jpg jpeg png heic heif gif bmp tif tiff avif",
    AttachmentKind.VIDEO: "mp4 3gp mov avi mkv webm m4v",
    AttachmentKind.AUDIO: "opus ogg mp3 m4a aac wav amr flac oga",
    AttachmentKind.CONTACT: "vcf",
}
_KINDS: Final = {extension: kind for kind, names in _EXTENSIONS.items() for extension in names.split()}


def kind_of_file(name: str) -> AttachmentKind:
    """Return the kind of the file called `name`; a document when the name tells nothing else.

    Pictures as WebP are stickers: no phone makes photos in that form.
    """
    extension = PurePosixPath(name).suffix.lower().removeprefix(".")
    return AttachmentKind.STICKER if extension == "webp" else _KINDS.get(extension, AttachmentKind.DOCUMENT)
