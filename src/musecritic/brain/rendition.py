"""Renditions: who plays a piece, how, in what room, and what the sound went through.

Training draws a new one for every window, for people's music and machines' alike, so that nothing
but the notes can tell them apart; measuring robustness names one that training did not use.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile

from musecritic.errors import BadInput
from musecritic.music.audio import SAMPLE_RATE, Samples
from musecritic.music.instruments import instrument
from musecritic.music.piece import Part, Piece
from musecritic.music.render import render

Generator = np.random.Generator

#: Programs that sustain or ring across the keyboard: keyboards, guitar, strings, winds, voice.
PROGRAMS = (
    *(0, 1, 4, 6, 16, 19, 21, 24, 40, 41, 42, 43, 45, 46, 48, 52, 53, 54),
    *(56, 57, 60, 64, 68, 69, 70, 71, 73),
)
#: The instruments that those are.
PLAYERS = tuple(sorted({instrument(Part("", program)) for program in PROGRAMS}))
HEARD_SECONDS = 120.0  # of a work as its file has it, from its beginning
#: By name, format and subtype as soundfile has them.
CODECS = {
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "telephone": ("WAV", "ULAW"),
}
IN_TRAINING = ("mp3", "ogg")  # the others measure what training did not hear


@dataclass(frozen=True)
class Rendition:
    """How a piece is made to sound.

    Attributes
    ----------
    programs
        General MIDI programs of the players, who do not play drums; None leaves every part its own.
    by_part
        The programs' players take the parts in turn, so that two may meet on the same keys; else
        each has as many notes of all parts together, from the lowest up.
    semitones
        Transposition of all but drums; what falls off MIDI's range is left out.
    speed
        Times as fast.
    accent
        Spread of velocities about their own, in MIDI's units.
    reverb
        Seconds in which the room's sound falls by 60 dB; 0 for none.
    colour_db
        Spread of a filter's gain from octave to octave, in dB: other rooms, microphones, players.
    noise_db
        Level of white noise under the music's, in dB; None for none.
    codec
        Of `CODECS`, through which the sound went; None for none.
    soundfont
        An SF2 file; None for the embedded one.
    seed
        Of the velocities, the room and the noise.
    """

    programs: tuple[int, ...] | None = None
    by_part: bool = False
    semitones: int = 0
    speed: float = 1.0
    accent: float = 0.0
    reverb: float = 0.0
    colour_db: float = 0.0
    noise_db: float | None = None
    codec: str | None = None
    soundfont: Path | None = None
    seed: int = 0

    @classmethod
    def draw(
        cls,
        rng: Generator,
        *,
        players: Literal["own", "by part", "by register"] = "by register",
        soundfonts: Sequence[Path] = (),
    ) -> Rendition:
        """Draw a rendition for training.

        Parameters
        ----------
        players
            Leave every part its own instrument, or draw one to four that take the parts in turn, or
            one to three for so many registers.
        soundfonts
            Beside the embedded one, each drawn as often as that.
        """
        by_part = players == "by part"
        n_players = rng.integers(1, 5) if by_part else rng.choice([1, 2, 3], p=[0.5, 0.25, 0.25])
        programs = tuple(int(p) for p in rng.choice(PROGRAMS, n_players))
        return cls(
            programs=None if players == "own" else programs,
            by_part=by_part,
            semitones=int(rng.integers(-3, 4)),
            speed=float(np.exp(rng.normal(0, 0.08))),
            accent=float(rng.uniform(0, 12)),
            reverb=float(rng.uniform(0.2, 2.0)) if rng.random() < 0.4 else 0.0,
            noise_db=float(rng.uniform(-60, -25)) if rng.random() < 0.3 else None,
            codec=str(rng.choice(IN_TRAINING)) if rng.random() < 0.1 else None,
            seed=int(rng.integers(2**31)),
            colour_db=float(rng.uniform(0, 8)) if rng.random() < 0.5 else 0.0,
            soundfont=[None, *soundfonts][rng.integers(1 + len(soundfonts))],
        )

    def arrange(self, piece: Piece) -> Piece:
        """Return the piece for these players: programs, pitches, times and velocities."""
        rng = np.random.default_rng(self.seed)
        drums = np.array([part.is_drum for part in piece.parts], dtype=bool)
        drums = drums[piece.notes["part"]]
        pitch = piece.notes["pitch"].astype(np.int64) + np.where(drums, 0, self.semitones)
        # Other players are for pitched notes; they have no use for the drums'.
        kept = (pitch >= 0) & (pitch <= 127) & ~(drums & (self.programs is not None))
        notes = piece.notes[kept].copy()
        notes["pitch"] = pitch[kept]
        for name in ("onset", "offset"):
            notes[name] /= self.speed
        louder = np.round(rng.normal(0, self.accent, len(notes)))
        notes["velocity"] = np.clip(notes["velocity"] + louder, 1, 127)
        parts = piece.parts
        if self.programs is not None:
            parts = tuple(Part("", program) for program in self.programs)
            notes["part"] = (
                notes["part"] % len(parts)
                if self.by_part
                else _registers(notes["pitch"], len(parts))
            )
        return replace(piece, notes=notes, parts=parts, tempi=())

    def sound(self, arranged: Piece) -> Samples:
        """Return what an arranged piece sounds like, (n,) mono at 16 kHz.

        Raises
        ------
        BadInput
            There is no such codec, or no soundfont at the place named.
        MissingExtra
            No soundfont is named and none is installed.
        """
        if not len(arranged.notes):
            return np.zeros(0, dtype=np.float32)
        rng = np.random.default_rng([self.seed, 1])
        played = render(arranged, sample_rate=SAMPLE_RATE, soundfont=self.soundfont).mean(axis=0)
        if self.reverb:
            played = _in_a_room(played, self.reverb, rng)
        if self.colour_db:
            played = _coloured(played, self.colour_db, rng)
        if self.noise_db is not None:
            level = np.sqrt(np.mean(played**2)) * 10 ** (self.noise_db / 20)
            played = played + rng.normal(0, level, len(played)).astype(np.float32)
        return played if self.codec is None else through(played, self.codec)


def beginning(piece: Piece, seconds: float = HEARD_SECONDS) -> Piece:
    """Return what a piece plays until then."""
    notes = piece.notes[piece.notes["onset"] < seconds].copy()
    notes["offset"] = np.minimum(notes["offset"], seconds)
    return replace(piece, notes=notes)


def _registers(pitch: np.typing.NDArray[np.int64], n_players: int) -> np.typing.NDArray[np.int64]:
    """Return which player has each note: each as many, from the lowest up."""
    if not len(pitch):
        return pitch
    bounds = np.quantile(pitch, np.arange(1, n_players) / n_players)
    return np.searchsorted(bounds, pitch, side="left")


def _in_a_room(sound: Samples, seconds: float, rng: Generator) -> Samples:
    """Return the sound with the tail of a room: noise that dies away exponentially."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.normal(0, 1, len(t)) * 10 ** (-3 * t / seconds)
    tail *= 0.5 / np.sqrt(np.sum(tail**2))
    size = 1 << (len(sound) + len(tail) - 1).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.fft.rfft(tail, size)
    wet: Samples = (sound + np.fft.irfft(spectrum, size)[: len(sound)]).astype(np.float32)
    return wet


def _coloured(sound: Samples, spread_db: float, rng: Generator) -> Samples:
    """Return the sound through a filter whose gain is drawn for every octave."""
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    octaves = np.arange(np.log2(20.0), np.log2(SAMPLE_RATE))
    gain_db = rng.normal(0, spread_db, len(octaves))
    gain = 10 ** (np.interp(np.log2(np.maximum(hz, 1.0)), octaves, gain_db) / 20)
    return np.fft.irfft(np.fft.rfft(sound) * gain, len(sound)).astype(np.float32)


def through(sound: Samples, codec: str) -> Samples:
    """Return mono sound at 16 kHz after it was compressed and opened again.

    Raises
    ------
    BadInput
        There is no such codec.
    """
    if codec not in CODECS:
        raise BadInput(f"there is no codec {codec!r}; known are {', '.join(CODECS)}.")
    if not len(sound):
        return sound
    peak = max(float(np.abs(sound).max(initial=0.0)), 1e-9)
    container, subtype = CODECS[codec]
    file = io.BytesIO()
    soundfile.write(file, sound / peak * 0.9, SAMPLE_RATE, format=container, subtype=subtype)
    file.seek(0)
    heard, _ = soundfile.read(file, dtype="float32")
    heard = np.resize(heard, len(sound)) if len(heard) < len(sound) else heard[: len(sound)]
    return np.asarray(heard * (peak / 0.9), dtype=np.float32)
