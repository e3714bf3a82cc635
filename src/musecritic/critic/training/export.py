"""From a checkpoint to weights that ship: averaged, calibrated on validation, in half precision."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from musecritic import __version__
from musecritic.corpora.corpus import Corpus
from musecritic.corpora.draw import Manifest, indices_by_part
from musecritic.corrupt import KINDS
from musecritic.critic.checkpoint import Card, save, untrained
from musecritic.critic.density import Density, far_from
from musecritic.critic.evaluation.calibration import calibrate
from musecritic.critic.evaluation.severity import Grade, damaged
from musecritic.critic.inference import Critic
from musecritic.critic.judged_notes import Windows
from musecritic.critic.network import Config
from musecritic.critic.note_reader import NoteReader
from musecritic.critic.note_transformer import VERDICT, NoteConfig, NoteTransformer
from musecritic.critic.tail import tail_of
from musecritic.critic.testset import TestSet, seed_test_set
from musecritic.critic.training.fair_kinds import with_fair_kinds
from musecritic.critic.training.graded_severity import clips_to_grade, with_graded_severity
from musecritic.critic.training.known_music import KnownMusic
from musecritic.measure.evenly import evenly_of
from musecritic.measure.temperature import fit_line
from musecritic.music.clip import cut
from musecritic.music.notes import on_keyboard
from musecritic.music.piece import Piece
from musecritic.training.fit import trained_state

N_IN_MS = 700  # as many as the protocol's
N_FOR_HEAD = 300
N_WORKS = 45  # some 200,000 notes


def export(
    checkpoint: Path,
    name: str,
    config: Config | NoteConfig,
    recipe: dict[str, Any],
    corpus: Corpus,
    manifest: Manifest,
    folder: Path,
    initial: tuple[torch.nn.Module, Card] | None = None,
    *,
    keep: float = 0.0,
    music: KnownMusic | None = None,
    precision: str = "fp32",
) -> Card:
    """Write ``folder/NAME.safetensors`` and its card from a checkpoint of `train`.

    Temperature and threshold are fitted on the manifest's validation part.

    Parameters
    ----------
    checkpoint
        A file of one's own training; Lightning's checkpoints are unpickled, so never one from
        elsewhere.
    recipe
        As plain values, for the card.
    initial
        What the run began with, and its card.
    keep
        How much of that is kept, 0 .. 1: what ships lies so far back on the line from what was
        learned, see `mixed`.
    music
        For a network over notes: what it learned from, to tell what is far from it.
    precision
        In which the network is calibrated, see `Critic`.
    """
    state, length = trained_state(checkpoint)
    begun = None
    if initial is not None:
        begun = initial[1].model() | {"training": initial[1].training}
        state = mixed(state, initial[0].state_dict(), keep)
    network = untrained(config)
    network.load_state_dict(state)
    network.half().float()  # judged as it will be stored
    card = Card(name, __version__, config)
    critic = Critic(network.eval(), card, device="cpu", precision=precision)
    validation = seed_test_set(corpus, manifest, "validation")
    real = critic.read(validation.real)[0]
    fakes = {kind: critic.read(n.rolls)[0] for kind, n in validation.kinds.items()}
    tails: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    far = None
    if isinstance(network, NoteTransformer):  # it is given notes as they are, and rolls
        in_ms = validation_in_ms(corpus, manifest.seed)
        real = np.concatenate([real, critic.read(in_ms.given)[0]])
        fakes = {
            kind: np.concatenate([logits, critic.read(in_ms.kinds[kind].given)[0]])
            for kind, logits in fakes.items()
        }
        too_sure = fit_line(real, fakes).bias
        network = less_sure(network, too_sure)
        real, fakes = real - too_sure, {kind: fake - too_sure for kind, fake in fakes.items()}
        tails = clean_tails(Critic(network, card, device="cpu", precision=precision), corpus)
        if music is not None:
            kept = evenly_of([clip for clips in music.kept.values() for clip in clips], N_FOR_HEAD)
            network = with_fair_kinds(network, kept, seed=manifest.seed, precision=precision)
            graded = clips_to_grade(music.known, corpus.name)
            network = with_graded_severity(network, graded, seed=manifest.seed, precision=precision)
            network, far = with_density(network, music, precision)
    temperature, threshold = calibrate(real, fakes)
    card = Card(
        name,
        __version__,
        network.config,
        temperature,
        threshold,
        *tails,
        far,
        training={
            "recipe": recipe,
            **length,
            "seed": manifest.seed,
            "corpus": corpus.name,
            "data_fingerprint": manifest.fingerprint,
            "initial": begun,
            "keep": keep,
        },
    )
    return save(network, card, folder)


def mixed(
    learned: Mapping[str, torch.Tensor], begun: Mapping[str, torch.Tensor], keep: float
) -> dict[str, torch.Tensor]:
    """Return weights between those that a run began with, at 1, and those it ended with, at 0.

    Weights of two runs of which one began with the other's lie in one basin; between them is often
    better than either (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022). What the
    first does not have, or has in another size, is the second's.
    """

    def between(name: str, value: torch.Tensor) -> torch.Tensor:
        before = begun.get(name)
        if before is None or before.shape != value.shape or not value.is_floating_point():
            return value
        return torch.lerp(value.float(), before.float(), keep).to(value.dtype)

    return {name: between(name, value) for name, value in learned.items()}


def less_sure(network: NoteTransformer, logit: float) -> NoteTransformer:
    """Return a copy of the network whose every verdict is lower by this logit.

    In training fewer clips than half are real; what a verdict is worth is said at even odds.
    """
    fitted = deepcopy(network)
    with torch.no_grad():
        fitted.head.bias[VERDICT] -= logit
    return fitted.half().float().eval()


def with_density(
    network: NoteTransformer, music: KnownMusic, precision: str
) -> tuple[NoteTransformer, float]:
    """Return the network with the music that it knows, and the distance from which it is far."""
    reader = NoteReader(network, torch.device("cpu"), precision)
    known, kept = (
        {name: reader.summaries(clips) for name, clips in part.items()} for part in music
    )
    aware = NoteTransformer(replace(network.config, known=tuple(known)))
    aware.load_state_dict(
        {**network.state_dict(), **Density.fit(known).state_dict(prefix="density.")}
    )
    return aware.half().float(), far_from(known, kept)


def validation_in_ms(corpus: Corpus, seed: int) -> TestSet:
    """Return clips of the validation part in milliseconds, and their negatives."""
    clips = [
        clip
        for index in indices_by_part(corpus)["validation"]
        for clip in cut(Piece(on_keyboard(corpus[index])))
    ]
    clips = evenly_of(clips, N_IN_MS)
    nobody = np.full(len(clips), "")
    own = Grade("the seed's counts")

    def rng_of(number: int, index: int) -> np.random.Generator:
        return np.random.default_rng([seed, index, number])

    kinds = {
        kind: damaged(clips, kind, partial(rng_of, number), own)
        for number, kind in enumerate(KINDS)
    }
    return TestSet(np.stack([c.roll() for c in clips]), nobody, nobody, kinds, tuple(clips))


def clean_tails(critic: Critic, corpus: Corpus) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return how suspicious the validation part's notes and clips look, `musecritic.critic.tail`.

    The clips are those in which the notes are judged, one every five seconds.
    """
    of_notes, of_clips = [], []
    works = indices_by_part(corpus)["validation"]
    for index in works[:: max(len(works) // N_WORKS, 1)]:
        windows = Windows(Piece(corpus[index]))
        findings = critic.read_clips(windows.clips)
        of_notes.append(windows.judged(findings).wrong_logit)
        of_clips += [-finding.logit for finding in findings]
    return tail_of(np.concatenate(of_notes)), tail_of(np.array(of_clips))
