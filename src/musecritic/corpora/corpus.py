"""A corpus read once: its works, their notes, and a fingerprint to know it by."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musecritic.errors import MissingCorpus
from musecritic.files import replacing
from musecritic.music.notes import NOTE, Notes

_TICK = 1e-4  # seconds; finer than any MIDI file at hand resolves
_FORMAT = 1


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
    """

    path: str
    composer: str = ""
    title: str = ""
    split: str = ""

    @property
    def song(self) -> str:
        """What two performances of the same music share."""
        return f"{self.composer} | {self.title}" if self.title else self.path


@dataclass(frozen=True, eq=False)
class Corpus:
    """Works and their pitched notes, held compactly: 10 bytes a note.

    Iterating gives ``(work, notes)``; indexing gives one work's notes.
    """

    name: str
    works: tuple[Work, ...]
    bounds: NDArray[np.int64]  # (len(works) + 1,), where each work's notes begin
    columns: dict[str, NDArray[Any]]  # onset and length in ticks, pitch, velocity

    @classmethod
    def gather(cls, name: str, pieces: Iterable[tuple[Work, Notes]]) -> Corpus:
        """Build a corpus from works and their notes, each sorted by onset."""
        works, parts = [], []
        for work, notes in pieces:
            works.append(work)
            onset = np.round(notes["onset"] / _TICK)
            parts.append(
                (
                    onset.astype(np.uint32),
                    (np.round(notes["offset"] / _TICK) - onset).astype(np.uint32),
                    notes["pitch"],
                    notes["velocity"],
                )
            )
        names = ("onset", "length", "pitch", "velocity")
        columns = {
            key: np.concatenate([part[i] for part in parts]) if parts else np.empty(0, np.uint8)
            for i, key in enumerate(names)
        }
        bounds = np.cumsum([0, *(len(part[0]) for part in parts)])
        return cls(name, tuple(works), bounds, columns)

    def __len__(self) -> int:
        return len(self.works)

    def __getitem__(self, index: int) -> Notes:
        inside = slice(self.bounds[index], self.bounds[index + 1])
        onset = self.columns["onset"][inside].astype(np.float64)
        notes: Notes = np.empty(len(onset), dtype=NOTE)
        notes["onset"] = onset * _TICK
        notes["offset"] = (onset + self.columns["length"][inside]) * _TICK
        notes["pitch"] = self.columns["pitch"][inside]
        notes["velocity"] = self.columns["velocity"][inside]
        notes["part"] = 0
        return notes

    def __iter__(self) -> Iterator[tuple[Work, Notes]]:
        return ((work, self[index]) for index, work in enumerate(self.works))

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hexadecimal digits of the sha256 over works and notes."""
        digest = hashlib.sha256(self._works_json().encode())
        for column in self.columns.values():
            digest.update(column.tobytes())
        return digest.hexdigest()[:16]

    def save(self, path: Path) -> None:
        """Write the corpus as one compressed file, all of it or nothing."""
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file,
                format=np.array(_FORMAT),
                name=np.array(self.name),
                works=np.array(self._works_json()),
                bounds=self.bounds,
                # Onsets rise slowly, so their steps are small numbers and compress well.
                step=np.diff(self.columns["onset"].astype(np.int64), prepend=0).astype(np.int32),
                length=self.columns["length"],
                pitch=self.columns["pitch"],
                velocity=self.columns["velocity"],
            )

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
                if int(file["format"]) != _FORMAT:
                    raise ValueError("written by another version of musecritic")
                columns = {key: file[key] for key in ("length", "pitch", "velocity")}
                onset = file["step"].astype(np.int64).cumsum().astype(np.uint32)
                return cls(
                    str(file["name"]),
                    tuple(Work(**record) for record in json.loads(str(file["works"]))),
                    file["bounds"],
                    {"onset": onset, **columns},
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise MissingCorpus(
                f"{path}: not a prepared corpus ({error}). "
                "Make it anew with `musecritic prepare CORPUS --root DIR`."
            ) from error

    def _works_json(self) -> str:
        return json.dumps([asdict(work) for work in self.works], ensure_ascii=False)
