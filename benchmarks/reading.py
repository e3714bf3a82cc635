"""Reading MAESTRO and drawing its piano rolls, against pretty_midi.

    python benchmarks/reading.py --root DIR

Peer: pretty_midi's ``PrettyMIDI(path).get_piano_roll(fs=10)`` on 50 files drawn with seed 0.
Ours: `musecritic.read` and `musecritic.piano_roll` on the same files, then on the whole corpus,
with its time and its peak memory. To reach: 50 times the peer, the corpus under 60 s and 2 GB.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
import warnings
from pathlib import Path

import numpy as np
from machine import machine

from musecritic import piano_roll, read
from musecritic.corpora import maestro


def ours(path: Path) -> int:
    piece = read(path)
    return int(piano_roll(piece.notes, piece.duration).sum())


def peer(path: Path) -> int:
    import pretty_midi

    return int((pretty_midi.PrettyMIDI(str(path)).get_piano_roll(fs=10) > 0).sum())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, default=os.environ.get("MUSECRITIC_DATA"))
    root = maestro.base(Path(parser.parse_args().root))
    paths = [root / work.path for work in maestro.works(root)]
    sample = [paths[i] for i in np.random.default_rng(0).choice(len(paths), 50, replace=False)]
    print(machine())

    start = time.perf_counter()
    for path in paths:
        ours(path)
    whole = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

    seconds = {}
    for name, way in (("ours", ours), ("pretty_midi", peer)):
        way(sample[0])  # imports, and the file system's cache
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for path in sample:
                way(path)
        seconds[name] = time.perf_counter() - start
        print(f"{name:12} {len(sample)} files in {seconds[name]:.3f} s")
    print(f"ratio        {seconds['pretty_midi'] / seconds['ours']:.1f}")
    print(f"corpus       {len(paths)} files in {whole:.1f} s, peak memory {peak:.2f} GB")


if __name__ == "__main__":
    main()
