"""A corpus read once: its works, their notes, and a fingerprint to know it by."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from musecritic.errors import MissingCorpus
from musecritic.files import replacing
from musecritic.music.notes import NOTE, Notes
from musecritic.music.piece import Part, Piece
from musecritic.music.tempo import DEFAULT_QPM, Tempo

ORIGINS = ("human", "ai")

_TICK = 1e-4  # seconds; finer than any MIDI file at hand resolves
FORMAT = 3  # of the file; a cache of another one is made anew
_COLUMNS = {"onset": "u4", "length": "u4", "pitch": "u1", "velocity": "u1", "part": "u2"}


@dataclass(frozen=True)
class Work:
    """One performance, or one score, of a corpus.

    Attributes
    ----------
    path
        Relative to the corpus' root.
    composer, title
        As the corpus writes them; empty where it is silent.
    split
        "train", "validation" or "test" where the corpus has an official split, else "".
    origin
        "human" or "ai"; empty where the corpus leaves it open.
    generator
        Which machine composed it.
    period, genre
        As `musecritic.corpora.composers.period` and the corpora's modules name them. For a
        machine's piece they and the composer are the manner that it was asked for.
    instruments
        Where the corpus names them apart from the parts of its files.
    """

    path: str
    composer: str = ""
    title: str = ""
    split: str = ""
    origin: str = ""
    generator: str = ""
    period: str = ""
    genre: str = ""
    instruments: tuple[str, ...] = ()

    @property
    def song(self) -> str:
        """What two performances of the same music share."""
        return f"{self.composer} | {self.title}" if self.title else self.path


# What reading a damaged file, or one of another version, can raise.
_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)


class Scoring(NamedTuple):
    """What a work's notes are played on, how fast, and where they stand; as `Piece` has them."""

    parts: tuple[Part, ...] = (Part(),)
    tempi: tuple[Tempo, ...] = (Tempo(0.0, DEFAULT_QPM),)
    kind: Literal["midi", "score"] = "midi"

    @property
    def is_plain(self) -> bool:
        """Whether it is one piano, whatever its name, at 120 quarters a minute."""
        return self._replace(parts=tuple(replace(p, name="") for p in self.parts)) == Scoring()


@dataclass(frozen=True, eq=False)
class Corpus:
    """Works and their pitched notes, held compactly: 12 bytes a note.

    Iterating gives ``(work, notes)``; indexing gives one work's notes.
    """

    name: str
    works: tuple[Work, ...]
    scoring: tuple[Scoring, ...]
    bounds: NDArray[np.int64]  # (len(works) + 1,), where each work's notes begin
    columns: dict[str, NDArray[Any]]  # onset and length in ticks, pitch, velocity, part

    @classmethod
    def gather(cls, name: str, pieces: Iterable[tuple[Work, Piece]]) -> Corpus:
        """Build a corpus from works and their pieces."""
        works, scoring, tables = [], [], []
        for work, piece in pieces:
            works.append(work)
            scoring.append(Scoring(piece.parts, piece.tempi or Scoring().tempi, piece.kind))
            notes = piece.notes
            onset = np.round(notes["onset"] / _TICK)
            length = np.round(notes["offset"] / _TICK) - onset
            values = (onset, length, notes["pitch"], notes["velocity"], notes["part"])
            tables.append(
                [v.astype(kind) for v, kind in zip(values, _COLUMNS.values(), strict=True)]
            )
        columns: dict[str, NDArray[Any]] = {
            name: np.concatenate([np.empty(0, kind), *(table[i] for table in tables)])
            for i, (name, kind) in enumerate(_COLUMNS.items())
        }
        bounds = np.cumsum([0, *(len(table[0]) for table in tables)])
        return cls(name, tuple(works), tuple(scoring), bounds, columns)

    def __len__(self) -> int:
        return len(self.works)

    def __getitem__(self, index: int) -> Notes:
        inside = slice(self.bounds[index], self.bounds[index + 1])
        onset = self.columns["onset"][inside].astype(np.float64)
        notes: Notes = np.empty(len(onset), dtype=NOTE)
        notes["onset"] = onset * _TICK
        notes["offset"] = (onset + self.columns["length"][inside]) * _TICK
        for name in ("pitch", "velocity", "part"):
            notes[name] = self.columns[name][inside]
        return notes

    def __iter__(self) -> Iterator[tuple[Work, Notes]]:
        return ((work, self[index]) for index, work in enumerate(self.works))

    def piece(self, index: int) -> Piece:
        """Return one work: its notes on the keyboard, drums left out, to a tenth of a ms."""
        work, (parts, tempi, kind) = self.works[index], self.scoring[index]
        return Piece(
            self[index],
            parts,
            kind,
            title=work.title or None,
            composer=work.composer or None,
            tempi=tempi,
            source=Path(work.path),
        )

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hexadecimal digits of the sha256 over works, notes, parts and tempi."""
        digest = hashlib.sha256(self._works_json().encode())
        plain = all(scoring.is_plain for scoring in self.scoring)
        for name, column in self.columns.items():
            # A corpus of plain piano is known by its notes, as before corpora had parts.
            if name != "part" or not plain:
                digest.update(column.tobytes())
        if not plain:
            digest.update(json.dumps([_record(s) for s in self.scoring]).encode())
        return digest.hexdigest()[:16]

    def save(self, path: Path) -> None:
        """Write the corpus as one compressed file, all of it or nothing."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            arrays: dict[str, Any] = {
                "format": np.array(FORMAT),
                "name": np.array(self.name),
                "works": np.array(self._works_json()),
                "scoring": np.array(json.dumps([_record(s) for s in self.scoring])),
                "bounds": self.bounds,
                # Onsets rise slowly, so their steps are small numbers and compress well.
                "step": np.diff(self.columns["onset"].astype(np.int64), prepend=0).astype(np.int32),
                **{name: self.columns[name] for name in _COLUMNS if name != "onset"},
            }
            np.savez_compressed(file, **arrays)

    @classmethod
    def open(cls, path: Path) -> Corpus:
        """Read what `save` wrote.

        Raises
        ------
        MissingCorpus
            The file is missing, damaged, or of another version.
        """
        try:
            with path.open("rb") as source, np.load(source, allow_pickle=False) as file:
                if int(file["format"]) != FORMAT:
                    raise ValueError("written by another version of musecritic")
                columns = {name: file[name] for name in _COLUMNS if name != "onset"}
                onset = file["step"].astype(np.int64).cumsum().astype(_COLUMNS["onset"])
                return cls(
                    str(file["name"]),
                    tuple(_work(record) for record in json.loads(str(file["works"]))),
                    tuple(_scoring(record) for record in json.loads(str(file["scoring"]))),
                    file["bounds"],
                    {"onset": onset, **columns},
                )
        except _DAMAGED as error:
            cause = "damaged, or no such file" if "pickle" in str(error) else error
            raise MissingCorpus(
                f"{path}: not a prepared corpus ({cause}). "
                "Make it anew with `musecritic prepare CORPUS --root DIR`."
            ) from error

    def _works_json(self) -> str:
        # What a corpus leaves open is left out, so that a new field changes no fingerprint.
        records = [{k: v for k, v in asdict(work).items() if v} for work in self.works]
        return json.dumps(records, ensure_ascii=False)


def _work(record: dict[str, Any]) -> Work:
    return Work(**{**record, "instruments": tuple(record.get("instruments", ()))})


def _record(scoring: Scoring) -> list[Any] | None:
    """Return a scoring for JSON; nothing for one piano."""
    if scoring == Scoring():
        return None
    return [[astuple(part) for part in scoring.parts], scoring.tempi, scoring.kind]


def _scoring(record: list[Any] | None) -> Scoring:
    if record is None:
        return Scoring()
    parts, tempi, kind = record
    return Scoring(tuple(Part(*p) for p in parts), tuple(Tempo(*t) for t in tempi), kind)
