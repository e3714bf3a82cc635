"""The language model of notes trained on people's music."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from musecritic.brain.language import N_KEYS, Language, Tokens
from musecritic.brain.one_form import Sheet
from musecritic.brain.training.recipe import Recipe
from musecritic.measure.progress import Progress, silent

LENGTH = 97  # notes of an excerpt

_WARMING = 100  # steps until the rate is reached
_LEAST = 0.02  # of the rate, at the end
_TRANSPOSED = (-2, 3)  # semitones, the end excluded
_CLIP = 1.0


def fit_language(
    sheets: Sequence[Sheet],
    kinds: Sequence[str],
    recipe: Recipe,
    width: int,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> Language:
    """Return a language model trained on excerpts by lot, transposed by lot.

    Parameters
    ----------
    sheets
        Pieces in one form, of two notes and more.
    kinds
        Of each piece its genre; all are drawn as often.
    recipe
        Its `draws` are the excerpts, in steps of `batch`; the rate begins near 0, is near `rate`
        after a hundred steps and falls in a line to its fiftieth.
    width
        Of the model.
    """
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Language(width)
    pieces = [Tokens.of(sheet) for sheet in sheets]
    by_kind = [[i for i, kind in enumerate(kinds) if kind == name] for name in sorted({*kinds})]
    optimizer = torch.optim.AdamW(model.parameters(), recipe.rate, weight_decay=0.01)
    steps = max(recipe.draws // recipe.batch, 1)

    def excerpt() -> Tokens:
        own = by_kind[rng.integers(len(by_kind))]
        piece = pieces[own[rng.integers(len(own))]]
        start = int(rng.integers(max(len(piece.wait) - LENGTH, 0) + 1))
        part = Tokens(*(column[start : start + LENGTH] for column in piece))
        key = part.key + int(rng.integers(*_TRANSPOSED))
        return part._replace(key=key.clamp(0, N_KEYS - 1))

    for step in range(steps):
        tokens, theirs = Tokens.batch([excerpt() for _ in range(recipe.batch)])
        found = model(tokens)
        theirs = theirs[:, 1:]
        loss = ((found.wait + found.key + found.length) * theirs).sum() / theirs.sum()
        for group in optimizer.param_groups:
            warm = min(1.0, (step + 1) / _WARMING)
            group["lr"] = recipe.rate * warm * max(_LEAST, 1 - step / steps)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), _CLIP)
        optimizer.step()
        progress("Learning what is usual", step + 1, steps)
    return model.eval()
