"""Recordings: WAV, FLAC, Ogg and MP3 as blocks of mono sound, however long they are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from musecritic.errors import OverLimit, UnreadableFile
from musecritic.music.limits import Limits

#: Hertz; what lies above 8 kHz tells apart recorders, not composers.
SAMPLE_RATE = 16_000
BLOCK_SECONDS = 10.0

#: What is read, by the end of the file's name, in lower case.
AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")

Samples = NDArray[np.float32]

# What recorders make; the least carries a voice over a telephone.
_SLOWEST, _FASTEST = 8_000, 192_000
_MOST_CHANNELS = 64  # a large mixing desk
_REMEDY = "Convert it to WAV or FLAC."


@dataclass(frozen=True)
class Recording:
    """A file of sound that can be opened; its samples are read when they are asked for.

    Attributes
    ----------
    path
        The file.
    duration
        Seconds.
    """

    path: Path
    duration: float

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, limits: Limits | None = None) -> Recording:
        """Look at a file's header.

        Parameters
        ----------
        path
            Its suffix is one of `AUDIO_SUFFIXES`, in capitals or not.
        limits
            How long it may be; by default `Limits()`. Its bytes are not limited: it is never held
            in memory as a whole.

        Raises
        ------
        UnreadableFile
            The file is missing, empty, or none of these formats, whatever its name says.
        OverLimit
            It is longer than the limit.
        """
        path, limits = Path(path), limits or Limits()
        with _opened(path) as file:
            if not _SLOWEST <= file.samplerate <= _FASTEST:
                raise UnreadableFile(
                    path,
                    f"its sample rate is {file.samplerate} Hz; from {_SLOWEST} to {_FASTEST} is "
                    "read",
                    _REMEDY,
                )
            if file.channels > _MOST_CHANNELS:
                raise UnreadableFile(path, f"it has {file.channels} channels", _REMEDY)
            if not file.frames:
                raise UnreadableFile(path, "it holds no sound", "Export or download it again.")
            duration = file.frames / file.samplerate
        if duration > limits.max_seconds:
            raise OverLimit(
                path,
                f"it lasts {duration:,.0f} seconds, more than {limits.max_seconds:,.0f}",
                "Cut it, or raise the limit with --max-seconds.",
            )
        return cls(path, duration)

    def blocks(self, sample_rate: int = SAMPLE_RATE) -> Iterator[Samples]:
        """Yield the sound, ten seconds at a time, its channels as one.

        Parameters
        ----------
        sample_rate
            Hertz, to which it is brought.

        Yields
        ------
        Samples
            (n,) float32; together as long as the recording.

        Raises
        ------
        UnreadableFile
            It is damaged further on, or holds values that are no numbers.
        """
        with _opened(self.path) as file:
            to_rate = soxr.ResampleStream(file.samplerate, sample_rate, 1, dtype="float32")
            size = int(BLOCK_SECONDS * file.samplerate)
            left = file.frames
            while left > 0:
                block = _read(file, min(size, left), self.path)
                left = left - len(block) if len(block) else 0
                mono = block.mean(axis=1)
                if not np.isfinite(mono).all():
                    raise UnreadableFile(
                        self.path, "it holds samples that are no numbers", "Export it again."
                    )
                yield to_rate.resample_chunk(mono, last=left <= 0)


def _opened(path: Path) -> Any:
    """Open a file of sound, or say why not."""
    if path.suffix.lower() not in AUDIO_SUFFIXES:
        raise UnreadableFile(
            path,
            f"its suffix {path.suffix!r} is none that is listened to",
            f"Name a file of one of these: {' '.join(AUDIO_SUFFIXES)}.",
        )
    if not path.is_file():
        cause = "it is no file" if path.exists() else "there is no such file"
        raise UnreadableFile(path, cause, "Check the path.")
    if not path.stat().st_size:
        raise UnreadableFile(path, "it is empty", "Export or download it again.")
    try:
        return soundfile.SoundFile(str(path))
    except (soundfile.SoundFileError, OSError, TypeError) as error:
        cause = f"it cannot be played: it is damaged, or no {path.suffix} in spite of its name"
        raise UnreadableFile(path, cause, _REMEDY) from error


def _read(file: Any, n_frames: int, path: Path) -> Samples:
    """Return (n, channels) samples."""
    try:
        block: Samples = file.read(n_frames, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise UnreadableFile(path, f"it is damaged ({error})", "Download it again.") from error
    return block
