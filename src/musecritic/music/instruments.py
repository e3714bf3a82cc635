"""Names of the General MIDI programs, as musicians call the instruments."""

from __future__ import annotations

from musecritic.music.piece import Part

DRUMS = "drums"

# First program of each run of programs that are one instrument, 0 to 127.
_FIRST = {
    0: "piano",
    6: "harpsichord",
    7: "clavinet",
    8: "celesta",
    9: "bells",
    11: "vibraphone",
    12: "marimba",
    14: "bells",
    15: "dulcimer",
    16: "organ",
    21: "accordion",
    22: "harmonica",
    23: "accordion",
    24: "guitar",
    32: "bass",
    40: "violin",
    41: "viola",
    42: "cello",
    43: "double bass",
    44: "strings",
    46: "harp",
    47: "timpani",
    48: "strings",
    52: "voice",
    55: "orchestra",
    56: "trumpet",
    57: "trombone",
    58: "tuba",
    59: "trumpet",
    60: "horn",
    61: "brass",
    64: "saxophone",
    68: "oboe",
    69: "english horn",
    70: "bassoon",
    71: "clarinet",
    72: "flute",
    74: "recorder",
    75: "flute",
    80: "synthesiser",
    104: "sitar",
    105: "banjo",
    106: "lute",
    109: "bagpipe",
    110: "violin",
    111: "oboe",
    112: "percussion",
    120: "effects",
}

_STARTS = sorted(_FIRST)


def instrument(part: Part) -> str:
    """Return the name of a part's instrument, by its program."""
    if part.is_drum:
        return DRUMS
    return _FIRST[max(start for start in _STARTS if start <= part.program)]


def sounding(parts: tuple[Part, ...], which: set[int]) -> tuple[str, ...]:
    """Return the instruments of the parts of these numbers, each once, in the alphabet's order."""
    return tuple(sorted({instrument(parts[index]) for index in which}))
