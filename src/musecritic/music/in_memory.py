"""Pieces from the objects of other libraries, already in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.music.notes import Notes, in_order, notes_from
from musecritic.music.pedal import SUSTAIN, sustained
from musecritic.music.piece import Part, Piece
from musecritic.music.tempo import DEFAULT_QPM, Tempo, tempi_of, to_seconds


def from_symusic(score: Any, *, pedal: bool = False) -> Piece:
    """Make a piece from a symusic `Score`, in ticks, quarters or seconds.

    Parameters
    ----------
    score
        A `symusic.Score`. Its tempi are applied here in double precision; symusic's own
        ``to("second")`` keeps single, which is a millisecond off after four hours.
    pedal
        Let notes ring while the sustain pedal is down (see `pedal.sustained`).

    Returns
    -------
    Piece
        Of kind "midi", one part a track, the tracks without notes included.
    """
    tempi: tuple[Tempo, ...] = ()
    unit = str(score.ttype).rsplit(".", 1)[-1].lower()
    tempo_at = [tempo.time for tempo in score.tempos]
    if unit == "second":
        per_quarter = 1.0
        tempo_at, pace, default = [], [], 1.0
    else:
        per_quarter = score.ticks_per_quarter if unit == "tick" else 1.0
        pace = [tempo.mspq / 1e6 / per_quarter for tempo in score.tempos]
        default = 60.0 / DEFAULT_QPM / per_quarter
        tempi = tempi_of(tempo_at, pace, default, per_quarter)

    def seconds(position: NDArray[Any]) -> NDArray[np.float64]:
        return to_seconds(position, tempo_at, pace, default)

    parts, tracks = [], []
    for index, track in enumerate(score.tracks):
        parts.append(Part(track.name, int(track.program), bool(track.is_drum)))
        columns = track.notes.numpy()
        begin = columns["time"].astype(np.float64)
        notes = notes_from(
            seconds(begin),
            seconds(begin + columns["duration"]),
            columns["pitch"],
            np.clip(columns["velocity"], 1, 127),
            index,
        )
        if pedal:
            controls = track.controls.numpy()
            is_pedal = controls["number"] == SUSTAIN
            notes = in_order(
                sustained(notes, seconds(controls["time"][is_pedal]), controls["value"][is_pedal])
            )
        tracks.append(notes)
    return Piece(_together(tracks), tuple(parts) or (Part(),), tempi=tempi)


def from_object(music: Any, *, pedal: bool = False) -> Piece | None:
    """Make a piece from what other libraries hold: symusic's or pretty_midi's; None of others."""
    if isinstance(music, Piece):
        return music
    if hasattr(music, "instruments"):
        return from_pretty_midi(music, pedal=pedal)
    if hasattr(music, "tracks"):
        return from_symusic(music, pedal=pedal)
    return None


def from_pretty_midi(midi: Any, *, pedal: bool = False) -> Piece:
    """Make a piece from a `pretty_midi.PrettyMIDI`, or anything with its attributes.

    Parameters
    ----------
    midi
        Has ``instruments``, each with ``name``, ``program``, ``is_drum``, ``notes`` (of
        ``start``, ``end``, ``pitch``, ``velocity``) and, for `pedal`, ``control_changes``; its
        tempi are taken where it has ``get_tempo_changes``.
    pedal
        Let notes ring while the sustain pedal is down (see `pedal.sustained`).

    Returns
    -------
    Piece
        Of kind "midi", one part an instrument.
    """
    parts, tracks = [], []
    for index, instrument in enumerate(midi.instruments):
        parts.append(Part(instrument.name, int(instrument.program), bool(instrument.is_drum)))
        notes = notes_from(
            [note.start for note in instrument.notes],
            [note.end for note in instrument.notes],
            [note.pitch for note in instrument.notes],
            [min(max(note.velocity, 1), 127) for note in instrument.notes],
            index,
        )
        if pedal:
            changes = [c for c in instrument.control_changes if c.number == SUSTAIN]
            changes.sort(key=lambda change: change.time)
            notes = in_order(
                sustained(
                    notes,
                    np.array([change.time for change in changes], dtype=np.float64),
                    np.array([change.value for change in changes], dtype=np.int64),
                )
            )
        tracks.append(notes)
    tempi: tuple[Tempo, ...] = ()
    if hasattr(midi, "get_tempo_changes"):
        marks = zip(*midi.get_tempo_changes(), strict=True)
        tempi = tuple(Tempo(float(start), float(qpm)) for start, qpm in marks)
    return Piece(_together(tracks), tuple(parts) or (Part(),), tempi=tempi)


def _together(tracks: list[Notes]) -> Notes:
    """Return the notes of all tracks, each in order, in one order."""
    if len(tracks) == 1:
        return tracks[0]
    return in_order(np.concatenate(tracks)) if tracks else notes_from([], [], [])
