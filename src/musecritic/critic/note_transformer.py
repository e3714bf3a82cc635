"""The critic's network over notes: which are wrong, how much is, and is it real at all.

Ten seconds are read as their notes, to the millisecond. Each note first sees what lies around it,
by interval and distance in time, as a picture centred on itself; then every note hears every other
(rotary angles by pitch and onset: Su et al., RoFormer, 2021). What is learned in one key and at one
moment so holds in all. For every note the network says what would mend it
(`musecritic.critic.edits`; Clark et al., ELECTRA, 2020, learn from replaced words so), and for the
clip whether it is real, how much of it is damaged, and in which way. Where the music was cut, a
part of its own hears (`musecritic.critic.seams`), for a seam shows in frames rather than in notes.

Velocity is left out: scores and rolls have none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from musecritic.critic.clip_notes import ClipNotes
from musecritic.critic.density import Density
from musecritic.critic.edits import EDITS, KEEP
from musecritic.critic.seams import N_OF_CLIP, HeardAtNotes, Seams, rolls_of
from musecritic.errors import BadInput, BadWeights
from musecritic.networks.note_layers import HEAD, Group, Layer, Turns, softmax_by, turns

PITCHES = 128
SECONDS = 10.0  # the longest clip
#: Which of the head's outputs is what; the kinds of damage follow.
VERDICT, SEVERITY, N_BEFORE_KINDS = 0, 1, 2

_NEAR = 24  # semitones; how far up and down a note sees what is near in time
_SPAN = 2 * _NEAR + 1
_OCTAVE = 12
# Beats of scores and frames of rolls lie at round numbers, so all edges lie a little before them.
_SHORT_S = 0.003
#: Seconds between the onsets of two notes; from one edge to the next they count as alike.
_LATER_S = tuple(edge - _SHORT_S for edge in (0.04, 0.12, 0.25, 0.5, 1.0, 2.0, 5.0))
_EDGES_S = (*(-edge for edge in reversed(_LATER_S)), *_LATER_S)
_FOLDED_S = 1.0 - _SHORT_S  # farther away than this only the pitch class is seen
_TOUCH_S = 0.06  # an offset and an onset this near touch
_MOST_SEEN = 4.0  # notes alike beyond so many count as this many

_LENGTHS_S = tuple(0.02 * 1.25**i for i in range(31))
_GAPS_S = tuple(
    edge - _SHORT_S
    for edge in (
        0.008, 0.018, 0.03, 0.05, 0.08, 0.12, 0.17, 0.25, 0.35, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0, 99.0,
    )
)  # fmt: skip
_NO_GAP_S = 1000.0
_AT_ONCE_S = 1e-4
_RINGS_S = 0.03

_PERIODS_S = ((0.3, 40.0), (0.06, 6.0))  # that the angles tell apart: of four heads, of four others
_TOLD = 0.25  # brings sums of many logits to the size of the other features


@dataclass(frozen=True)
class NoteConfig:
    """What a network over notes is made of; stored beside its weights.

    Attributes
    ----------
    kinds
        The kinds of damage that it names, in order.
    width
        Of a note's description; a multiple of eight heads of 32.
    depth
        Number of layers.
    dropout
        Of what a layer adds.
    known
        The corpora whose music it tells from what is far from it; none before it was fitted.
    seams, gaps
        Width of the part that hears seams, 0 for none, and its encoders' gaps; see
        `musecritic.critic.seams`.
    """

    kinds: tuple[str, ...]
    width: int = 256
    depth: int = 5
    dropout: float = 0.0
    known: tuple[str, ...] = ()
    seams: int = 0
    gaps: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.width % (8 * HEAD):
            raise BadInput(f"a width of {self.width} is no multiple of {8 * HEAD}.")

    def record(self) -> dict[str, Any]:
        """Return the configuration as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> NoteConfig:
        """Build a configuration from `record`'s values."""
        names = {name: tuple(record.get(name, ())) for name in ("kinds", "known", "gaps")}
        return cls(**{**record, **names})


class NoteReading(NamedTuple):
    """What the network reads off B clips with M notes in all, one clip after the other.

    Attributes
    ----------
    logit
        (B,), above 0 for a clip taken as real.
    severity
        (B,), a logit of the share of notes that are touched.
    kinds
        (B, K), a logit for each kind of damage: is it there?
    edits
        (M, E), log-odds of what would mend each note, see `EDITS`; their softmax is a distribution.
    seam, missing
        (M,), logits, see `musecritic.critic.edits.Labels`.
    weight
        (M,), how much each note counted, summing to 1 over a clip.
    summary
        (B, D), which the clip's logits are read off.
    distance
        (B,), from the music that the network learned from, see `musecritic.critic.density`; not a
        number where that was not fitted.
    """

    logit: Tensor
    severity: Tensor
    kinds: Tensor
    edits: Tensor
    seam: Tensor
    missing: Tensor
    weight: Tensor
    summary: Tensor
    distance: Tensor

    @property
    def wrong(self) -> Tensor:
        """(M,), a logit for each note that it should be anything but kept."""
        return wrong_logit(self.edits)


def wrong_logit(edits: Tensor) -> Tensor:
    """Return the log-odds that a note should not be kept, (M,), from `NoteReading.edits`."""
    others = [edit for edit in range(len(EDITS)) if edit != KEEP]
    return edits[:, others].logsumexp(1) - edits[:, KEEP]


class NoteTransformer(nn.Module):
    """See the module's docstring; takes `ClipNotes` and gives a `NoteReading`."""

    def __init__(self, config: NoteConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.surroundings = Surroundings(width)
        self.settle = nn.LayerNorm(width)
        self.layers = nn.ModuleList(Layer(width, config.dropout) for _ in range(config.depth))
        self.norm = nn.LayerNorm(width)
        self.judge = nn.Linear(width, len(EDITS) + 2)  # the edits, seam, missing
        nn.init.zeros_(self.judge.weight)
        nn.init.constant_(self.judge.bias, 0.0)
        self.judge.bias.data[KEEP] = 5.0  # most notes are right
        self.judge.bias.data[len(EDITS) :] = -3.0
        self.attend = nn.Linear(width, width // HEAD)
        self.digest = nn.Linear(2 * width + 8, width)
        self.head = nn.Linear(width, 2 + len(config.kinds))
        self.density = Density(len(config.known), width)
        self.seams = Seams(config.seams, config.gaps) if config.seams else None
        if self.seams is not None:
            self.at_notes = HeardAtNotes(width)
            self.of_clip = nn.Linear(N_OF_CLIP, width)
            nn.init.zeros_(self.of_clip.weight)  # a network trained without begins as it was
            nn.init.zeros_(self.of_clip.bias)

    def forward(self, clips: ClipNotes) -> NoteReading:
        taken = clips.taken
        n_clips = len(taken)
        owner, _ = taken.nonzero().unbind(1)  # of each note
        described = self.surroundings(clips)
        heard = None
        if self.seams is not None:
            with torch.no_grad():  # it learns by itself, before the rest
                heard = self.seams(rolls_of(clips))
            described = described + self.at_notes(clips, heard)
        x = self.settle(described[taken])
        group = Group(len(owner), taken.flatten().nonzero()[:, 0], taken[:, None, None])
        turn = _turns(clips, self.config.width // HEAD, x.dtype)
        for layer in self.layers if len(owner) else ():
            x = layer(x, [group], turn)
        # What follows is small, and sums over many notes: it is worth full precision.
        with torch.autocast(x.device.type, enabled=False):
            x = self.norm(x.float())
            edits, seam, missing = self.judge(x).split([len(EDITS), 1, 1], dim=1)
            seam, missing = seam.squeeze(1), missing.squeeze(1)
            weight = softmax_by(self.attend(x), owner, n_clips)  # (M, heads)
            attended = (weight[..., None] * x.view(len(x), x.shape[1] // HEAD, HEAD)).flatten(1)
            nothing = x.new_zeros(n_clips, x.shape[1])
            count = taken.sum(1).clamp(min=1).float()
            told = [
                count.log(),
                clips.on_grid.float(),
                *(
                    sum_up(logit, owner, n_clips)
                    for kind in (wrong_logit(edits), seam, missing)
                    for sum_up, logit in ((_any_of, kind), (_how_many, kind))
                ),
            ]
            summary = torch.cat(
                [
                    nothing.index_add(0, owner, attended),
                    nothing.index_add(0, owner, x) / count[:, None],
                    torch.stack(told, dim=1),
                ],
                dim=1,
            )
            digest = self.digest(summary)
            if heard is not None:
                digest = digest + self.of_clip(heard.of_clip)
            digest = torch.relu(digest)
            logit, severity, kinds = self.head(digest).split([1, 1, len(self.config.kinds)], dim=1)
            distance = self.density(digest.detach())
        return NoteReading(
            logit.squeeze(1),
            severity.squeeze(1),
            kinds,
            edits,
            seam,
            missing,
            weight.mean(1),
            digest,
            distance,
        )


def begin_with(network: NoteTransformer, initial: NoteTransformer) -> None:
    """Give a network another's weights, all but the music that the other knows.

    One that hears seams may begin with one that does not.

    Raises
    ------
    BadWeights
        The other is made of other parts, or of other sizes.
    """
    state: dict[str, Tensor] = initial.state_dict()
    now = network.state_dict()
    own = {"density"} | ({"seams", "at_notes", "of_clip"} if initial.seams is None else set())
    given = {name: value for name, value in state.items() if not name.startswith("density.")}
    unlike = [name for name, value in given.items() if now.get(name, value).shape != value.shape]
    missing = [name for name in now if name not in given and name.partition(".")[0] not in own]
    unexpected = [name for name in given if name not in now]
    if unlike or missing or unexpected:
        names = ", ".join([*unlike, *missing, *unexpected])
        raise BadWeights(f"the initial weights do not fit: {names}.")
    network.load_state_dict(given, strict=False)


class Surroundings(nn.Module):
    """Describe each note by itself and by what lies around it.

    Parameters
    ----------
    width
        Of the description.
    """

    edges: Tensor
    first: Tensor
    folded: Tensor
    lengths: Tensor
    gaps: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        edges = np.array([-np.inf, *_EDGES_S, np.inf])
        folded = (edges[1:] <= -_FOLDED_S) | (edges[:-1] >= _FOLDED_S)
        sizes = np.where(folded, _OCTAVE, _SPAN)
        self.n_alike = int(sizes.sum())
        tables = {
            "edges": torch.tensor(_EDGES_S),
            "first": torch.from_numpy(sizes.cumsum() - sizes),  # place of each stretch of time
            "folded": torch.from_numpy(folded),
            "lengths": torch.tensor(_LENGTHS_S),
            "gaps": torch.tensor(_GAPS_S),
        }
        for name, table in tables.items():
            self.register_buffer(name, table, persistent=False)
        # Sounding as it begins; ending as it begins; beginning as it ends.
        self.n_seen = self.n_alike + 3 * _SPAN
        self.seen = nn.Linear(self.n_seen, width)
        n_gaps = len(_GAPS_S) + 1
        # Pitch, length, edges of the clip, gaps to other onsets and to its own key's other notes.
        sizes_of = (PITCHES, len(_LENGTHS_S) + 1, 8, n_gaps, n_gaps, n_gaps, n_gaps)
        self.embeddings = nn.ModuleList(nn.Embedding(n, width) for n in sizes_of)
        for embedding in self.embeddings:
            nn.init.normal_(embedding.get_parameter("weight"), std=0.3)

    def forward(self, clips: ClipNotes) -> Tensor:
        """Map B clips of N places to (B, N, D)."""
        with torch.no_grad():
            traits, seen = self.look(clips)
        x: Tensor = self.seen(seen)
        for embedding, trait in zip(self.embeddings, traits, strict=True):
            x = x + embedding(trait)
        return x

    def look(self, clips: ClipNotes) -> tuple[list[Tensor], Tensor]:
        """Return each note's traits, seven of (B, N) long, and how much it sees of each kind.

        The latter is (B, N, `n_seen`), counts of notes alike in interval and time.
        """
        onset, offset, pitch = clips.onset, clips.offset, clips.pitch
        itself = torch.eye(pitch.shape[1], dtype=torch.bool, device=pitch.device)
        pair = clips.taken[:, :, None] & clips.taken[:, None] & ~itself  # (B, N, the other)
        later = onset[:, None] - onset[:, :, None]
        interval = pitch[:, None] - pitch[:, :, None]
        own_key = pair & (interval == 0)

        def nearest(which: Tensor, gap: Tensor) -> Tensor:
            gap = torch.where(which, gap, _NO_GAP_S).amin(2)
            return torch.bucketize(gap, self.gaps)

        at_edge = (onset <= 0).long() + 2 * (offset >= SECONDS - _AT_ONCE_S).long()
        traits = [
            pitch,
            torch.bucketize(offset - onset, self.lengths),
            at_edge + 4 * clips.on_grid.long()[:, None],
            nearest(pair & (later < -_AT_ONCE_S), -later),
            nearest(pair & (later > _AT_ONCE_S), later),
            nearest(own_key & (later < 0), onset[:, :, None] - offset[:, None]),
            nearest(own_key & (later > 0), onset[:, None] - offset[:, :, None]),
        ]

        stretch = torch.bucketize(later, self.edges)
        folded = self.folded[stretch]
        near = interval.abs() <= _NEAR
        place = self.first[stretch] + torch.where(folded, interval % _OCTAVE, interval + _NEAR)
        seen = onset.new_zeros(*pitch.shape, self.n_seen + 1)  # the last is what is not seen
        one = onset.new_ones(()).expand_as(later)
        seen.scatter_add_(2, torch.where(pair & (near | folded), place, self.n_seen), one)
        touching = (
            (later < -_AT_ONCE_S) & (offset[:, None] > onset[:, :, None] + _RINGS_S),
            (offset[:, None] - onset[:, :, None]).abs() < _TOUCH_S,
            (onset[:, None] - offset[:, :, None]).abs() < _TOUCH_S,
        )
        for number, holds in enumerate(touching):
            place = self.n_alike + number * _SPAN + interval + _NEAR
            seen.scatter_add_(2, torch.where(pair & near & holds, place, self.n_seen), one)
        return traits, seen[..., :-1].clamp(max=_MOST_SEEN)


def _turns(clips: ClipNotes, n_heads: int, dtype: torch.dtype) -> Turns:
    """Return the angles of all notes taken, half of the heads for slow time, half for fast."""
    taken = clips.taken
    own = clips.pitch[taken], clips.onset[taken], clips.offset[taken]
    slow, fast = (turns(*own, n_heads // 2, periods, dtype) for periods in _PERIODS_S)

    def both(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return torch.cat([one[0], other[0]], dim=1), torch.cat([one[1], other[1]], dim=1)

    return Turns(both(slow.query, fast.query), both(slow.key, fast.key))


def _any_of(logit: Tensor, owner: Tensor, n_clips: int) -> Tensor:
    """Return log Σ exp over each clip's notes and a silent one, scaled, (B,)."""
    floor = logit.new_zeros(n_clips).scatter_reduce(0, owner, logit.detach(), "amax")
    total = (-floor - 5.0).exp().scatter_add(0, owner, (logit - floor[owner]).exp())
    return _TOLD * (floor + total.log())


def _how_many(logit: Tensor, owner: Tensor, n_clips: int) -> Tensor:
    """Return the logarithm of one and the expected number of each clip's notes, (B,)."""
    return logit.new_zeros(n_clips).scatter_add(0, owner, logit.sigmoid()).log1p()
