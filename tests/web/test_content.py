"""What an upload is, by its content."""

import io
import zipfile

import numpy as np
import pytest
import soundfile

from musecritic.music.write import midi_bytes
from musecritic.web.content import suffix_of


def _sound(form: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(16_000, dtype=np.float32), 16_000, format=form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["wav", "flac", "ogg", "mp3"])
def test_recordings_as_libsndfile_writes_them(form) -> None:
    assert suffix_of(_sound(form.upper())) == f".{form}"


def test_files_of_notes(piece) -> None:
    score = b'<?xml version="1.0"?>\n<!-- long -->\n<score-partwise version="4.0"></score-partwise>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
    assert suffix_of(midi_bytes(piece)) == ".mid"
    assert suffix_of(score) == ".musicxml"
    assert suffix_of("﻿".encode() + score) == ".musicxml"
    assert suffix_of(score.decode().encode("utf-16")) == ".musicxml"
    assert suffix_of(packed.getvalue()) == ".mxl"
    assert suffix_of("% a comment\nX: 1\nT:Für Elise\nK:Am\nA|\n".encode()) == ".abc"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.7",
        b"\x7fELF",
        b"<html><body>score</body></html>",
        b"RIFF\x00\x00\x00\x00AVI LIST",
        b"X: 1\x00\x01",
        b"\xff\xfe<\x00",
        b"\xff\xd8\xff\xe0",
    ],
)
def test_what_is_no_music_is_none(head) -> None:
    assert suffix_of(head) is None
