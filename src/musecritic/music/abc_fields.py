"""The information fields of ABC notation: keys, meters, unit lengths, tempi and voices."""

from __future__ import annotations

import re

_SHARPS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_MODES = {
    "": 0, "maj": 0, "ion": 0, "lyd": 1, "mix": -1, "dor": -2, "m": -3, "min": -3, "aeo": -3,
    "phr": -4, "loc": -5,
}  # fmt: skip
_BY_FIFTHS = "FCGDAEB"  # the order in which sharps come; flats come the other way round
ACCIDENTALS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}

_KEY = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)")
_EXPLICIT = re.compile(r"(?:^|(?<=\s))(\^{1,2}|_{1,2}|=)([A-Ga-g])(?=\s|$)")
_PROPERTY = re.compile(r'([a-z]+)\s*=\s*("[^"]*"|\S+)')
_FRACTION = re.compile(r"([0-9]{1,4})\s*/\s*([0-9]{1,4})")
_CLEF = re.compile(r"\b(treble|alto|tenor|bass|perc|none)[1-5]?([-+]8)?")

#: Semitones by letter, where a note without a sign stands.
Key = dict[str, int]


def parse_key(text: str) -> Key | None:
    """Return what a ``K:`` field alters, by capital letter; None where it names no key.

    Raises
    ------
    ValueError
        The key is none that is known.
    """
    text = _PROPERTY.sub(" ", text).strip()
    key: Key = {}
    explicit = [(letter.upper(), ACCIDENTALS[sign]) for sign, letter in _EXPLICIT.findall(text)]
    if text in ("", "none") or re.search(r"(^none|\bexp)\b", text):
        key = {}
    elif text.upper().startswith("HP"):  # the Highland bagpipes' scale
        key = {"F": 1, "C": 1}
    elif found := _KEY.match(text):
        tonic, sign, mode = found.groups()
        mode = mode.lower()[:3] if mode.lower() != "m" else "m"
        if mode not in _MODES:
            if not _CLEF.match(found.group(3)):
                raise ValueError(f"the key {text!r} is not known")
            mode = ""
        fifths = _SHARPS[tonic] + {"": 0, "#": 7, "b": -7}[sign] + _MODES[mode]
        letters = _BY_FIFTHS if fifths > 0 else _BY_FIFTHS[::-1]
        for i in range(abs(fifths)):
            letter = letters[i % 7]
            key[letter] = key.get(letter, 0) + (1 if fifths > 0 else -1)
    elif not explicit:
        if _CLEF.match(text):
            return None
        raise ValueError(f"the key {text!r} is not known")
    key.update(explicit)
    return key


def parse_meter(text: str) -> float:
    """Return the length of a bar in quarters; four without a meter."""
    text = text.strip()
    found = re.search(r"([0-9+\s]+)\)?\s*/\s*([0-9]{1,3})", text)
    if text in ("C", "C|") or found is None:
        return 4.0
    beats = sum(int(number) for number in re.findall(r"[0-9]{1,3}", found.group(1)))
    return 4 * beats / (int(found.group(2)) or 4) or 4.0


def parse_unit(text: str) -> float:
    """Return the length, in quarters, of a note without a length of its own (``L:1/8``).

    Raises
    ------
    ValueError
        It is no fraction.
    """
    found = _FRACTION.search(text)
    if found and int(found.group(2)) and int(found.group(1)):
        return 4 * int(found.group(1)) / int(found.group(2))
    if text.strip() == "1":
        return 4.0
    raise ValueError(f"the unit length {text.strip()!r} is not a fraction")


def default_unit(bar: float) -> float:
    """Return the unit length without an ``L:`` field: sixteenths in short meters, else eighths."""
    return 0.25 if bar < 3 else 0.5


def parse_tempo(text: str, unit: float) -> float | None:
    """Return the quarters a minute of a ``Q:`` field, None where it has words alone."""
    text = re.sub(r'"[^"]*"', " ", text)
    beats, equals, rate = text.rpartition("=")
    found = re.search(r"[0-9]{1,4}(\.[0-9]{1,4})?", rate)
    if found is None:
        return None
    pairs = [(int(n), int(d)) for n, d in _FRACTION.findall(beats)] if equals else []
    beat = sum(4 * n / d for n, d in pairs if d) or unit
    qpm = float(found.group()) * beat
    return qpm if 1 <= qpm <= 2000 else None


def parse_properties(text: str) -> dict[str, str]:
    """Return the properties of a ``V:`` or ``K:`` field, the clef's name always among them."""
    properties = {name: value.strip('"') for name, value in _PROPERTY.findall(text)}
    bare = _CLEF.search(_PROPERTY.sub(" ", text))
    if bare and "clef" not in properties:
        properties["clef"] = bare.group()
    return properties


def transposition(properties: dict[str, str]) -> int:
    """Return the semitones by which properties have a voice sound off its notation."""
    semitones = 0
    for name, size in (("transpose", 1), ("octave", 12)):
        found = re.fullmatch(r"[-+]?[0-9]{1,2}", properties.get(name, ""))
        semitones += size * int(found.group()) if found else 0
    clef = properties.get("clef", "")
    return semitones + (12 if clef.endswith("+8") else -12 if clef.endswith("-8") else 0)
