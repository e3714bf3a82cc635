"""Let a piece be heard: notes to audio by a sampled General MIDI synthesiser.

The synthesiser is symusic's; the sounds are a soundfont, by default the one that comes inside
pretty_midi (TimGM6mb, 6 MB, GPL).
"""

from __future__ import annotations

import importlib.util
import wave
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.errors import BadInput, MissingExtra, Overflows
from musecritic.files import replacing
from musecritic.music.notes import notes_from
from musecritic.music.piece import Piece
from musecritic.music.soundfont import in_tune
from musecritic.music.write import midi_bytes

#: Twenty minutes in stereo at 44.1 kHz are 420 MB; the synthesiser takes whatever is asked for.
LONGEST_SECONDS = 20 * 60.0
SAMPLE_RATE = 44_100
TAIL_SECONDS = 2.0  # in which the last notes die away
PEAK = 10 ** (-1 / 20)  # -1 dBFS, so that a player's resampling does not clip

_LOUDEST = 1e3  # full scale is 1; a filter of the synthesiser that rings up does not stop there
_TRIES = 2  # for it need not do so again

Audio = NDArray[np.float32]


def render(
    piece: Piece,
    *,
    sample_rate: int = SAMPLE_RATE,
    soundfont: str | Path | None = None,
    max_seconds: float = LONGEST_SECONDS,
) -> Audio:
    """Play a piece, drums included.

    Parameters
    ----------
    sample_rate
        Hertz, 8,000 to 192,000.
    soundfont
        An ``.sf2`` or ``.sf3`` file; by default the one inside pretty_midi.
    max_seconds
        A longer piece is refused before anything is allocated.

    Returns
    -------
    Audio
        (2, n) float32, left and right. Sample 0 is second 0 of the piece; two seconds
        follow its last note. Loud passages may leave [-1, 1]; `write_wav` brings them back.

    Raises
    ------
    BadInput
        The piece is too long, the soundfont cannot be read, or a setting is out of its range.
    Overflows
        The synthesiser does, with this soundfont and piece.
    MissingExtra
        No soundfont is named and pretty_midi is not installed.
    """
    from symusic import Score

    if not 8_000 <= sample_rate <= 192_000:
        raise BadInput(f"sample_rate is {sample_rate}; it must be from 8000 to 192000.")
    if piece.duration > max_seconds:
        raise BadInput(
            f"the piece lasts {piece.duration:,.0f} seconds; no more than {max_seconds:,.0f} are "
            "rendered, because the audio is held in memory. Cut it, or raise max_seconds."
        )
    if not len(piece.notes):
        return np.zeros((2, 0), dtype=np.float32)
    path = default_soundfont() if soundfont is None else Path(soundfont)
    if not path.is_file():
        raise BadInput(f"there is no soundfont {path}.")
    try:
        synthesizer = _synthesizer(str(in_tune(path)), sample_rate)
    except RuntimeError as error:
        raise BadInput(f"{path} is no soundfont ({error}). Name an .sf2 file.") from error
    # In ticks, as written to a file: symusic 0.5.9 gives ticks under the name of other units.
    score = Score.from_midi(midi_bytes(_with_tail(piece)))
    for _ in range(_TRIES):
        audio = np.ascontiguousarray(synthesizer.render(score, stereo=True), dtype=np.float32)
        if np.abs(audio).max(initial=0.0) < _LOUDEST:  # nor is it NaN
            return audio
    raise Overflows(
        f"{path} overflows in the synthesiser with this piece's programs. Name another soundfont."
    )


@lru_cache(maxsize=8)
def _synthesizer(soundfont: str, sample_rate: int) -> Any:
    """Return a synthesiser, kept for the next piece; opening a soundfont takes some time."""
    from symusic import Synthesizer

    return Synthesizer(sf_path=soundfont, sample_rate=sample_rate)


def _with_tail(piece: Piece) -> Piece:
    """Return the piece with a note where its audio shall stop, too late for itself to be heard.

    The synthesiser stops dead where the last note ends.
    """
    end = piece.duration + TAIL_SECONDS
    return replace(piece, notes=np.append(piece.notes, notes_from([end], [end], [60], 1)))


def default_soundfont() -> Path:
    """Return the General MIDI soundfont inside pretty_midi, which is not imported for it.

    Raises
    ------
    MissingExtra
        pretty_midi is not installed, or came without it.
    """
    found = importlib.util.find_spec("pretty_midi")
    if found is not None and found.origin is not None:
        for path in sorted(Path(found.origin).parent.glob("*.sf2")):
            return path
    raise MissingExtra(
        "no soundfont to play with. Install one with `pip install pretty_midi`, or name an .sf2 "
        "file of your own."
    )


def write_wav(audio: Audio, path: str | Path, sample_rate: int = SAMPLE_RATE) -> None:
    """Write audio as a WAV file of 16 bits, its peak brought to -1 dBFS.

    Parameters
    ----------
    audio
        (channels, n); silence stays silence.
    path
        Where to write; the file appears whole or not at all.
    """
    peak = max(float(audio.max(initial=0.0)), -float(audio.min(initial=0.0)))
    gain = PEAK * 32_767 / peak if peak > 0 else 0.0
    with replacing(path) as temporary, wave.open(str(temporary), "wb") as out:
        out.setnchannels(audio.shape[0])
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        for first in range(0, audio.shape[1], sample_rate):  # a second at a time spares memory
            block = audio[:, first : first + sample_rate].T * gain
            out.writeframes(block.round().astype("<i2").tobytes())
