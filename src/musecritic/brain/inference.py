"""MusicBrain at work: recordings, scores or pieces in, attributions out."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch

from musecritic.brain.attribution import PROBABLE, Attribution, Label, WindowAttribution
from musecritic.brain.caveat import caveat
from musecritic.brain.checkpoint import Card, load, sources_path
from musecritic.brain.judged import Judged, hear, read_sheet, rendered, windows
from musecritic.brain.labels import HEARD
from musecritic.brain.melody import Runs, runs
from musecritic.brain.network import Network
from musecritic.brain.one_form import (
    GRID,
    MOST_QUARTERS,
    length_of,
    seconds_in,
    sheet,
)
from musecritic.brain.readers import Reader, place
from musecritic.brain.rendition import Rendition
from musecritic.brain.sources import Neighbour, Sources
from musecritic.brain.spectrogram import levels_stream
from musecritic.errors import (
    BadFile,
    BadInput,
    BadWeights,
    Failure,
    MissingExtra,
    MuseCriticError,
    NoNotes,
    Overflows,
    OverLimit,
    told_of,
    unexpected,
)
from musecritic.hardware import pick_device
from musecritic.measure.metrics import sigmoid
from musecritic.measure.progress import HowFar
from musecritic.music.audio import AUDIO_SUFFIXES, SAMPLE_RATE, Recording
from musecritic.music.in_memory import from_object
from musecritic.music.limits import Limits
from musecritic.music.piece import Piece
from musecritic.music.read import read

#: What can be judged: a path, a `Recording`, a `Piece`, a symusic or pretty_midi object.
Music = Any

#: The heads of a record besides origin, in its order.
SHOWN = ("composer", "period", "genre", "instruments", "generator")
FEW_SECONDS = 10.0
#: Of 120 works that validated, played by lot, the least had .88; white and pink noise .72 to .81.
BEGINS_SURELY = 0.85


class MusicBrain:
    """Trained networks that say who or what composed a piece, and what speaks for that.

    Make one with `MusicBrain.load`. Calling it with one piece of music gives its `Attribution`,
    with several a list. A recording is heard; a score or MIDI file is brought into one form and
    read by its notes, and, where there is a listener, heard in a rendering for its instruments.

    Parameters
    ----------
    listener, reader
        The network that hears and one that reads, each with its card. Without a listener
        recordings are refused, and of scores neither instruments nor stages are told.
    sources
        Under "audio" and "notes" the works to look for near ones in, for what is heard and what is
        read; without them nothing near is named.
    device
        "auto", "cpu", "cuda" or "mps".
    threads
        Processor threads for torch, for the whole process; None leaves torch's choice.
    """

    def __init__(
        self,
        listener: tuple[Network, Card] | None,
        reader: tuple[Reader, Card],
        *,
        sources: Mapping[str, Sources] | None = None,
        device: str = "auto",
        threads: int | None = None,
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        self.sources = dict(sources or {})
        self.device = pick_device(device)
        self._listener = listener
        self.reader, self.reader_card = reader
        if listener is not None:
            place(listener[0], self.device)
        place(self.reader, self.device)

    @classmethod
    def load(
        cls,
        listener: str | Path | None = "audio",
        reader: str | Path = "figures",
        *,
        device: str = "auto",
        threads: int | None = None,
    ) -> MusicBrain:
        """Load weights by the names of shipped models or the paths of ``.safetensors`` files.

        An index of sources is taken from beside each, if there is one. Without a listener, None,
        scores are judged sooner.

        Raises
        ------
        BadWeights
            There is no such model, its file is damaged, or it takes something else.
        """
        hearing = None
        if listener is not None:
            heard, heard_card = load(listener)
            if not isinstance(heard, Network):
                raise BadWeights(f"{listener} takes {heard_card.takes}; a listener takes audio.")
            hearing = heard, heard_card
        notes, notes_card = load(reader)
        if not isinstance(notes, Reader):
            raise BadWeights(f"{reader} takes {notes_card.takes}; a reader takes figures or notes.")
        sources = {
            takes: Sources.load(path)
            for takes, model in (("audio", listener), ("notes", reader))
            if model is not None and (path := sources_path(model)).is_file()
        }
        return cls(
            hearing,
            (notes, notes_card),
            sources=sources,
            device=device,
            threads=threads,
        )

    @overload
    def __call__(self, music: str | Path | Piece | Recording) -> Attribution: ...
    @overload
    def __call__(self, music: list[Music] | tuple[Music, ...]) -> list[Attribution]: ...

    def __call__(self, music: Music) -> Attribution | list[Attribution]:
        """Judge a path, a `Recording`, a `Piece`, a symusic or pretty_midi object, or a list.

        Raises
        ------
        BadFile
            A file cannot be used; see `identify` for batches that go on.
        """
        many = isinstance(music, (list, tuple))
        found = []
        for result in self.identify(music if many else [music]):
            if isinstance(result, Failure):
                raise result.error
            found.append(result)
        return found if many else found[0]

    def identify(
        self,
        music: Iterable[Music],
        *,
        limits: Limits | None = None,
        progress: HowFar | None = None,
    ) -> Iterator[Attribution | Failure]:
        """Judge many pieces, one after the other, in their order.

        Sound is never held as a whole: of a recording, a few numbers are kept for every five
        seconds, and nothing of the pieces before.

        Parameters
        ----------
        music
            What `__call__` takes.
        limits
            Beyond which a file is refused.
        progress
            Told of each recording how many of its seconds are heard, and of how many.

        Yields
        ------
        Attribution or Failure
            One for each piece; a `Failure` for a file that cannot be judged.
        """
        for item in music:
            try:
                yield self._judge(item, limits or Limits(), progress)
            except MuseCriticError as error:
                yield Failure(Path(getattr(error, "path", told_of(item))), error)
            except Exception as error:  # noqa: BLE001 - a batch never dies of one piece
                yield Failure(Path(told_of(item)), unexpected(item, error))

    def _judge(self, item: Music, limits: Limits, progress: HowFar | None) -> Attribution:
        if isinstance(item, (str, Path)):
            if Path(item).suffix.lower() in AUDIO_SUFFIXES:
                if self._listener is None and Path(item).is_file():
                    raise BadFile(
                        Path(item),
                        "it is a recording, and no network that hears is at hand",
                        "Give the notes as MIDI, MusicXML or ABC, or name a listener.",
                    )
                item = Recording.open(item, limits=limits)
            else:
                item = read(item, limits=limits)
        if isinstance(item, Recording):
            return self.of_recording(item, progress=progress)
        piece = from_object(item)
        if piece is not None:
            limits.check_piece(piece, piece.source or Path("music in memory"))
            return self.of_piece(piece)
        raise BadInput(
            f"a {type(item).__name__} cannot be judged. Give a path, a Recording, a Piece, "
            "a symusic.Score or a pretty_midi.PrettyMIDI."
        )

    @property
    def listener(self) -> Network:
        """The network that hears; `BadWeights` where there is none."""
        return self._hearing()[0]

    def _hearing(self) -> tuple[Network, Card]:
        if self._listener is None:
            raise BadWeights('there is no network that hears. Load one: listener="audio".')
        return self._listener

    def of_recording(self, recording: Recording, *, progress: HowFar | None = None) -> Attribution:
        """Judge what is heard in a recording.

        Raises
        ------
        BadFile
            It is silent, or damaged further on.
        BadWeights
            There is no network that hears.
        """
        listener, card = self._hearing()
        judged = hear(listener, windows(_refusing_silence(recording, progress)))
        labels = {head: _shown(judged, card, head) for head in SHOWN}
        return self._attribution(
            recording.path,
            recording.duration,
            judged,
            card,
            labels,
            judged.stages,
            self._nearest("audio", judged, None),
            _unheard(recording, judged, labels["instruments"]),
        )

    def of_piece(self, piece: Piece) -> Attribution:
        """Judge the notes of a piece; its instruments by what a rendering of it sounds like.

        Raises
        ------
        NoNotes
            It has no note on the keyboard, drums apart.
        OverLimit
            It has more quarters than any music.
        """
        notes = sheet(piece)
        if not len(notes):
            raise NoNotes(
                piece.source or "this piece",
                "it has no note on the piano keyboard (A0 to C8, drums apart)",
                "Give a piece that has some.",
            )
        if length_of(notes) > MOST_QUARTERS * GRID:
            raise OverLimit(
                piece.source or Path("this piece"),
                f"it lasts more than {MOST_QUARTERS:,} quarters",
                "Check its tempo; split it, if it is music all the same.",
            )
        judged = read_sheet(self.reader, notes)
        start, end = (seconds_in(piece, steps) for steps in (judged.start, judged.end))
        judged = judged._replace(start=start, end=end)
        labels = {head: _shown(judged, self.reader_card, head) for head in SHOWN}
        stages: Mapping[str, np.typing.NDArray[np.float32]] = {}
        labels |= dict.fromkeys(HEARD, ())
        if self._listener is not None:
            listener, card = self._listener
            # Without a soundfont that plays it nothing is heard; what is read stands by itself.
            with contextlib.suppress(MissingExtra, Overflows):
                heard = hear(listener, rendered(piece, Rendition()))
                labels |= {head: _shown(heard, card, head) for head in HEARD}
                stages = heard.stages
        melody = runs(notes)
        melody = melody._replace(onset=seconds_in(piece, melody.onset))
        return self._attribution(
            piece.source,
            piece.duration,
            judged,
            self.reader_card,
            labels,
            stages,
            self._nearest("notes", judged, melody),
            caveat(notes),
        )

    def _nearest(self, takes: str, judged: Judged, melody: Runs | None) -> tuple[Neighbour, ...]:
        if takes not in self.sources:
            return ()
        return tuple(self.sources[takes].nearest(judged.start, judged.summary, melody))

    def _attribution(
        self,
        path: Path | None,
        duration: float,
        judged: Judged,
        card: Card,
        labels: dict[str, tuple[Label, ...]],
        stages: Mapping[str, np.typing.NDArray[np.float32]],
        nearest: tuple[Neighbour, ...],
        caveat: str | None,
    ) -> Attribution:
        (origin,) = judged.of_piece("origin")
        by_window = [_p(card.calibrated(logit)) for logit in judged.logits["origin"][:, 0]]
        p_ai = _p(card.calibrated(origin))
        if p_ai <= card.ai_above:  # which machine composed it is asked only where one did
            labels = {**labels, "generator": ()}
        return Attribution(
            path,
            duration,
            p_ai,
            card.human_below,
            card.ai_above,
            labels,
            {name: float(share.mean()) for name, share in stages.items()},
            nearest,
            tuple(
                WindowAttribution(float(start), min(float(end), duration), p)
                for start, end, p in zip(judged.start, judged.end, by_window, strict=True)
            ),
            caveat,
            card.model(),
            self._listener[1].model() if self._listener else None,
        )


def _unheard(recording: Recording, judged: Judged, instruments: tuple[Label, ...]) -> str | None:
    """Say why nothing is decided by what is heard of a recording; None where it may be."""
    if recording.duration < FEW_SECONDS:
        return f"it rests on {recording.duration:.1f} s; it learned from ten seconds at once"
    surest = float(np.mean(judged.begins)) if judged.begins is not None else 1.0
    if surest < BEGINS_SURELY:
        return (
            f"no note is clearly heard to begin, the clearest with p {surest:.2f}: it may be noise"
        )
    if instruments and instruments[0].p < PROBABLE:
        return (
            f"no instrument that it knows is heard, {instruments[0].name} the likeliest with "
            f"p {instruments[0].p:.2f}; it learned from music on these alone"
        )
    return None


def _shown(judged: Judged, card: Card, head: str) -> tuple[Label, ...]:
    """Return a head's labels with their probabilities, the most probable first."""
    if head not in judged.logits:
        return ()
    labels = [
        Label(name, _p(logit))
        for name, logit in zip(card.config.labels[head], judged.of_piece(head), strict=True)
    ]
    return tuple(sorted(labels, key=lambda label: -label.p))


def _refusing_silence(recording: Recording, progress: HowFar | None) -> Iterator[torch.Tensor]:
    """Yield a recording's levels; raise at its end where nothing was heard in it."""
    loudest, n_heard = 0.0, 0

    def listened() -> Iterator[np.typing.NDArray[np.float32]]:
        nonlocal loudest, n_heard
        for block in recording.blocks():
            n_heard += len(block)
            if progress is not None:
                progress(round(n_heard / SAMPLE_RATE), math.ceil(recording.duration))
            loudest = max(loudest, float(np.abs(block).max(initial=0.0)))
            yield block

    yield from levels_stream(listened())
    if loudest < 1e-5:  # 100 dB below full scale
        raise BadFile(recording.path, "it is silent", "Check how it was recorded or exported.")


def _p(logit: float) -> float:
    return float(sigmoid(np.float64(logit)))
