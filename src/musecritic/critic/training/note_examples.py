"""Examples for the network over notes: clips, most of them damaged, and what would mend them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from musecritic.corrupt import CORRUPTIONS, KINDS
from musecritic.corrupt.damage import Damaged
from musecritic.critic.clip_notes import PLACES, ClipNotes, together
from musecritic.critic.degenerate import DEGENERATE, HELD_OUT
from musecritic.critic.edits import Labels, labels, undamaged
from musecritic.critic.seams import N_FRAMES
from musecritic.critic.training.note_recipe import NoteRecipe
from musecritic.errors import NothingToDamage
from musecritic.music.clip import Clip, clip_of_roll
from musecritic.music.notes import HIGHEST, LOWEST, Notes
from musecritic.music.roll import CLIP_SECONDS, RATE, frames_of

Generator = np.random.Generator

NAMES = tuple(CORRUPTIONS)

_FEWEST = 5  # notes of a clip that teaches anything
_SHORTEST_S = 3.0
_LONGEST_NOTE_S = 30.0  # held from before; a longer one is missed, which hardly ever happens
_HELD_S = 0.1
_SAME_S = 1e-3
_POOL = 2048  # clips that are put in order of their number of notes at a time

#: The protocol's counts; how many more the heaviest damage of the curriculum has.
_COUNTS = {
    "shuffle": ((3, 7), 8),
    "noise": ((5, 15), 35),
    "split": ((1, 5), 5),
    "joined": ((1, 5), 5),
    "hand": ((4, 20), 20),
    "repeated": ((8, 40), 20),
    "backwards": ((8, 40), 20),
    "crossed": ((1, 5), 10),
}
_OF_NOTES = ((3, 7), 33)
_GRAVE = 0.6  # of clips that are damaged from one note up
_MANY = (8, 16)  # chunks of every other shuffle: a seam teaches alike, however many there are
#: Kinds that a roll can show, beside the seed's.
_ON_GRID = ("pitch", "octave", "time", "onset", "offset", "removed", "hand", "crossed")
_IN_MS = tuple(name for name in NAMES if name not in KINDS)
_OFF_KEY = 0.75  # share of the seed's kinds but shuffle; noise is the easier
_MET = [name for name in DEGENERATE if name not in HELD_OUT]


class Example(NamedTuple):
    """A clip, and what is known of it.

    Attributes
    ----------
    clip
        What the network is given.
    labels
        Of its notes.
    real
        Whether it was left as it was played.
    severity
        Share of its notes that were touched, 0 .. 1.
    kinds
        The kinds of damage.
    cuts
        Frames, 1 .. T - 1, before which it was cut.
    """

    clip: Clip
    labels: Labels
    real: bool
    severity: float = 0.0
    kinds: tuple[str, ...] = ()
    cuts: tuple[int, ...] = ()


class NoteBatch(NamedTuple):
    """B clips with M notes in all, and their labels.

    Attributes
    ----------
    clips
        What the network is given.
    edit
        (M,) long, see `Labels`; so are `seam` and `missing`, (M,) float.
    real, severity
        (B,) float.
    kinds
        (B, K) float, in the order of `NAMES`.
    placed
        (M,) bool, whether it is known what would mend the note.
    cut
        (B, T - 1) float, whether the clip was cut between two frames.
    """

    clips: ClipNotes
    edit: Tensor
    seam: Tensor
    missing: Tensor
    real: Tensor
    severity: Tensor
    kinds: Tensor
    placed: Tensor
    cut: Tensor


class Source:
    """Any ten seconds of some works, every second of them as likely as any other."""

    def __init__(self, works: Sequence[Notes]) -> None:
        self._works = [work for work in works if len(work) >= _FEWEST]
        ends = np.array([float(work["offset"].max()) for work in self._works])
        self._latest = np.maximum(ends - CLIP_SECONDS, 0.0)
        self._up_to = np.cumsum(ends / ends.sum())

    def take(self, rng: Generator) -> Notes:
        """Return the notes of ten seconds by lot, onsets counted from their beginning."""
        while True:
            index = min(int(np.searchsorted(self._up_to, rng.random())), len(self._works) - 1)
            start = rng.uniform(0.0, self._latest[index])
            notes = stretch_of(self._works[index], start, CLIP_SECONDS)
            if len(notes) >= _FEWEST:
                return notes


def stretch_of(notes: Notes, start: float, seconds: float) -> Notes:
    """Return what sounds in a stretch of a work, as `clip_at` does of a piece, but sooner."""
    onset = notes["onset"]
    first = np.searchsorted(onset, start - _LONGEST_NOTE_S)
    inside = notes[first : np.searchsorted(onset, start + seconds)]
    inside = inside[(inside["onset"] >= start) | (inside["offset"] >= start + _HELD_S)].copy()
    inside["onset"] = np.maximum(inside["onset"] - start, 0.0)
    inside["offset"] = np.minimum(inside["offset"] - start, seconds)
    return inside[np.lexsort((inside["pitch"], inside["onset"]))]


class Examples:
    """Draw examples.

    Parameters
    ----------
    sources
        The first is taken for most clips, the others for `NoteRecipe.others` of them.
    recipe
        In which shares, and how heavily damaged.
    """

    def __init__(self, sources: Sequence[Source], recipe: NoteRecipe) -> None:
        self._main, self._others, self._recipe = sources[0], sources[1:], recipe

    def draw(self, rng: Generator, heaviness: float) -> Example:
        """Return one example; `heaviness` is 1 for the curriculum's beginning, 0 for its end."""
        recipe = self._recipe
        source = self._main
        if self._others and rng.random() < recipe.others:
            source = self._others[int(rng.integers(len(self._others)))]
        clip = varied(Clip(source.take(rng)), recipe, rng)
        if rng.random() < recipe.grid:
            clip = clip.on_grid()
        if rng.random() < recipe.real:
            return Example(clip, undamaged(len(clip.notes)), real=True)
        if rng.random() < recipe.degenerate:
            name = _MET[int(rng.integers(len(_MET)))]
            clip = clip_of_roll(DEGENERATE[name](rng))
            return Example(clip, undamaged(len(clip.notes)), real=False, severity=1.0)
        return self._damaged(clip, rng, heaviness)

    def _damaged(self, clip: Clip, rng: Generator, heaviness: float) -> Example:
        example = Example(clip, undamaged(len(clip.notes)), real=True)
        wanted = 1 + (rng.random() < self._recipe.twice)
        for _ in range(10):
            kind = self._kind(clip, rng)
            if kind in example.kinds:
                continue
            try:
                example = damaged_once_more(example, kind, rng, heaviness)
            except NothingToDamage:
                continue
            if len(example.kinds) == wanted:
                break
        return example

    def _kind(self, clip: Clip, rng: Generator) -> str:
        on_grid = clip.grid is not None
        seed = self._recipe.seed_kinds
        if rng.random() < (seed + (1 - seed) / 2 if on_grid else seed):
            if rng.random() < self._recipe.shuffles:
                return "shuffle"
            return "off-key" if rng.random() < _OFF_KEY else "noise"
        return str(rng.choice(_ON_GRID if on_grid else _IN_MS))


def varied(clip: Clip, recipe: NoteRecipe, rng: Generator) -> Clip:
    """Return the clip at another tempo, in another key, and sometimes shorter."""
    notes = clip.notes
    faster = 1.0 + rng.uniform(-recipe.stretch, recipe.stretch)
    seconds = clip.seconds
    if rng.random() < recipe.short:
        seconds = rng.uniform(_SHORTEST_S, clip.seconds)
    for name in ("onset", "offset"):
        notes[name] *= faster
    # Slowed down it would be longer than a clip, sped up there is less of it.
    seconds = min(seconds, clip.seconds * faster)
    begun = notes["onset"] < seconds
    if begun.sum() >= _FEWEST:
        notes = notes[begun]
        notes["offset"] = np.minimum(notes["offset"], seconds)
    else:
        seconds = clip.seconds
        notes["onset"] /= faster
        notes["offset"] /= faster
    low, high = int(notes["pitch"].min()), int(notes["pitch"].max())
    shift = int(
        rng.integers(
            max(-recipe.transpose, min(LOWEST - low, 0)),
            min(recipe.transpose, max(HIGHEST - high, 0)),
            endpoint=True,
        )
    )
    notes["pitch"] = notes["pitch"].astype(np.int64) + shift
    return replace(clip, notes=notes, seconds=seconds)


def damaged_once_more(example: Example, kind: str, rng: Generator, heaviness: float) -> Example:
    """Return the example with one more kind of damage.

    Raises
    ------
    NothingToDamage
        It cannot be damaged so, or what is known of it would be lost.
    """
    clip, known = example.clip, example.labels
    (fewest, most), more = _COUNTS.get(kind, _OF_NOTES)
    most += round(more * heaviness)
    other = rng.random() < 0.5
    if kind == "shuffle" and other:
        fewest, most = _MANY
    elif other:  # from one note up, and sometimes up to half of all
        if rng.random() < _GRAVE:
            most = max(most, len(clip.notes) // 2)
        n_notes = round(np.exp(rng.uniform(0.0, np.log(most))))
        fewest = most = max(n_notes, 1)
    damaged = CORRUPTIONS[kind](clip, rng, count=(fewest, most))
    new = labels(clip, damaged, kind)
    if example.kinds:
        if damaged.was is None:
            raise NothingToDamage("of a roll cut anew it is not known which note was which.")
        kept = damaged.was >= 0
        was = damaged.was.clip(min=0)
        old_edit = np.where(kept, known.edit[was], new.edit)
        edit = np.where(damaged.notes & (new.edit != 0), new.edit, old_edit)
        seam = new.seam | (kept & known.seam[was])
        missing = new.missing | (kept & known.missing[was])
        new = Labels(edit, seam, missing)
    severity = 1 - (1 - example.severity) * (1 - damaged.severity)
    cuts = tuple(sorted({*example.cuts, *cuts_of(damaged)}))
    return Example(damaged.clip, new, False, severity, (*example.kinds, kind), cuts)


def cuts_of(damaged: Damaged) -> set[int]:
    """Return the frames before which a clip was cut.

    On a grid a cut ends what sounds, and is heard where it is. In milliseconds notes ring on over
    it, and it is heard where the next ones begin.
    """
    times = damaged.seams
    if damaged.clip.grid is None:
        notes = damaged.clip.notes
        begin = np.searchsorted(notes["onset"], times - _SAME_S)
        frames, _ = frames_of(notes[begin[begin < len(notes)]], RATE, N_FRAMES)
    else:
        frames = np.round(times * RATE).astype(np.int64)
    return {int(frame) for frame in frames if 0 < frame < N_FRAMES}


class Epoch(IterableDataset[NoteBatch]):
    """The batches of one epoch; the same seed and epoch give the same.

    Parameters
    ----------
    examples, recipe, seed, epoch
        What they are drawn from, and how.
    n_processes, process
        Of several processes that train together each draws its own.
    """

    def __init__(
        self,
        examples: Examples,
        recipe: NoteRecipe,
        seed: int,
        epoch: int,
        n_processes: int = 1,
        process: int = 0,
    ) -> None:
        self._examples, self._recipe, self._seed, self._epoch = examples, recipe, seed, epoch
        self._n_processes, self._process = n_processes, process

    def __iter__(self) -> Iterator[NoteBatch]:
        recipe = self._recipe
        info = torch.utils.data.get_worker_info()
        number, n_workers = (0, 1) if info is None else (info.id, info.num_workers)
        n_left = (recipe.steps - number + n_workers - 1) // n_workers
        first, step = self._process * n_workers + number, self._n_processes * n_workers
        for pool in itertools.count(first, step):
            progress = self._epoch + 1 - n_left * n_workers / recipe.steps
            eased = min(progress / recipe.easing, 1.0) if recipe.easing else 1.0
            rng = np.random.default_rng([self._seed, self._epoch, pool])
            heaviness = recipe.heaviest * (1 - eased)
            drawn = [self._examples.draw(rng, heaviness) for _ in range(_POOL)]
            batches = batched(drawn, recipe.notes)
            for index in rng.permutation(len(batches))[:n_left]:
                yield collate(batches[index])
                n_left -= 1
            if not n_left:
                return


def batched(examples: Sequence[Example], n_places: int) -> list[list[Example]]:
    """Put examples with about as many notes together, up to so many places for notes a batch."""
    batches: list[list[Example]] = []
    longest = 0
    for example in sorted(examples, key=lambda example: len(example.clip.notes)):
        longest = -(-max(len(example.clip.notes), 1) // PLACES) * PLACES
        if not batches or longest * (len(batches[-1]) + 1) > n_places:
            batches.append([])
        batches[-1].append(example)
    return batches


def collate(examples: Sequence[Example]) -> NoteBatch:
    """Put examples together into a batch."""
    edit, seam, missing = (
        np.concatenate(column) for column in zip(*(e.labels for e in examples), strict=True)
    )
    known = [e.real or bool(e.kinds) for e in examples]
    kinds = [[name in e.kinds for name in NAMES] for e in examples]
    counts = [len(e.clip.notes) for e in examples]
    cut = torch.zeros(len(examples), N_FRAMES - 1)
    for row, example in enumerate(examples):
        cut[row, [frame - 1 for frame in example.cuts]] = 1.0
    return NoteBatch(
        together([e.clip for e in examples]),
        torch.from_numpy(edit),
        torch.from_numpy(seam).float(),
        torch.from_numpy(missing).float(),
        torch.tensor([float(e.real) for e in examples]),
        torch.tensor([float(e.severity) for e in examples]),
        torch.tensor(kinds).float(),
        torch.from_numpy(np.repeat(known, counts)),
        cut,
    )
