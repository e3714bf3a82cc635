"""The page about ten compositions; every sentence on it follows from the record's figures."""

from __future__ import annotations

from typing import Any

from musecritic.measure.markdown import figure, grid, percent

GROUPS = {
    "composed": "composed",
    "chance": "by lot, same rhythm",
    "reduced": "real, same rhythm",
    "real": "real",
}
#: Figure to what it is called, and whether it is a share.
FIGURES = {
    "p_real": ("mean p_real", False),
    "passed": ("clips that pass as real, %", True),
    "notes": ("notes", False),
    "distinct": ("distinct keys", False),
    "span": ("span, semitones", False),
    "in_key": ("in the best fitting key, %", True),
    "clashes": ("pairs a semitone apart, %", True),
    "repeated": ("struck again within a second, %", True),
}
_JUDGED = {
    "in_key": "Keys",
    "clashes": "Semitone clashes",
    "repeated": "Repeated notes",
    "distinct": "Different notes",
    "span": "Register",
}


def page(record: dict[str, Any]) -> str:
    """Return the page of `musecritic.compose.report`'s record in Markdown."""
    settings, n_real = record["settings"], record["n_real"]
    rows = [
        ["command", f"`{record['command']}`" if record["command"] else "-"],
        ["network", f"{record['model']['name']} {record['model']['version']}"],
        ["weights", f"sha256 `{record['weights_sha256'] or '-'}`"],
        [
            "each piece",
            (
                f"{settings['seconds']:g} s, {settings['voices']} voices, one note a second each, "
                f"one of the best {settings['top_k']} by lot"
            ),
        ],
        [
            "real music",
            (
                f"{n_real['clips']} clips of {n_real['pieces']} pieces, fingerprint "
                f"`{record['data_fingerprint']}`"
            ),
        ],
        ["date", record["date"]],
    ]
    parts = [
        "# What the critic composes",
        grid(["", ""], rows).replace("---:", "---"),
        (
            "All the seeds there are, none left out. The seed's epilogue describes the method, "
            "`musecritic.compose.layering` what was chosen where it is silent."
        ),
        _pieces(record),
        "## Beside real music, and beside chance",
        (
            "Means over ten-second clips, in brackets 95 % of 1000 bootstrap draws of pieces. *By "
            "lot*: the same rhythm, every key as likely. *Real, same rhythm*: of the keys that "
            "sound in each second of a real clip, three by lot, for as long as a composed note."
        ),
        _groups(record),
        "## What the critic's blind spots make of it",
        "\n".join(f"- {sentence}" for sentence in findings(record)),
        "## Pictures",
        *(f"Seed {p['seed']}\n\n![seed {p['seed']}]({p['files'][1]})" for p in record["pieces"]),
    ]
    return "\n\n".join(parts) + "\n"


def _pieces(record: dict[str, Any]) -> str:
    rows = [
        [
            f"[{piece['seed']}]({piece['files'][0]})",
            f"{piece['p_real']:.3f}",
            " ".join(f"{p:.2f}" for p in piece["clips"]),
            f"{piece['texture']['distinct']:.0f}",
            f"{piece['texture']['span']:.0f}",
            *(f"{100 * piece['texture'][key]:.0f}" for key in ("in_key", "clashes", "repeated")),
        ]
        for piece in record["pieces"]
    ]
    header = ["seed", "p_real", "of its clips", "distinct keys", "span", "in key, %", "clashes, %"]
    return grid([*header, "repeated, %"], rows)


def _groups(record: dict[str, Any]) -> str:
    rows = []
    for key, (name, is_share) in FIGURES.items():
        write = percent if is_share else figure
        rows.append([name, *(write(record, "groups", group, key) for group in GROUPS)])
    medians = [f"{record['groups'][group]['median_p_real']:.3f}" for group in GROUPS]
    return grid(["", *GROUPS.values()], [["median p_real", *medians], *rows])


def findings(record: dict[str, Any]) -> list[str]:
    """Return what the figures say, a sentence or two each."""
    composed, chance, reduced, real = (record["groups"][group] for group in GROUPS)
    mine, theirs = composed["median_p_real"], real["median_p_real"]
    said = [
        (
            f"To the critic the median composed clip is {_beside(mine, theirs)} the median real "
            f"one (p_real {mine:.3f} against {theirs:.3f}) and the mean one "
            f"{_beside(composed['p_real'], real['p_real'])} the mean real one "
            f"({composed['p_real']:.3f} against {real['p_real']:.3f}), though no pianist plays one "
            "chord a second and nothing else."
        ),
        f"In this rhythm the mean p_real is {chance['p_real']:.3f} for notes by lot, "
        f"{reduced['p_real']:.3f} for real music's and {composed['p_real']:.3f} for the composed. "
        + (
            "The search pleases the critic more than music's own notes do in this rhythm: what it "
            "finds are the critic's likings, which is not to say music."
            if composed["p_real"] > reduced["p_real"]
            else "The search does not reach what music's own notes do in this rhythm."
        ),
    ]
    for key, name in _JUDGED.items():
        values = [group.get(key) for group in (composed, chance, reduced)]
        if any(value is None for value in values):
            continue
        unit = 100.0 if FIGURES[key][1] else 1.0
        own, lot, music = (unit * value for value in values)
        mark = " %" if FIGURES[key][1] else ""
        said.append(
            f"{name} ({FIGURES[key][0].removesuffix(', %')}): {own:.1f}{mark}, by lot {lot:.1f}"
            f"{mark}, real music in this rhythm {music:.1f}{mark}. {_judge(own, lot, music)}"
        )
    return said


def _beside(mine: float, theirs: float) -> str:
    if abs(mine - theirs) < 0.02:
        return "as good as"
    return "better than" if mine > theirs else "worse than"


def _judge(own: float, lot: float, music: float) -> str:
    """Say how far on the way from chance to music a figure is."""
    if abs(music - lot) < 0.1 * max(abs(music), abs(lot), 1e-9):
        return "Music and chance hardly differ here, so this says little."
    way = (own - lot) / (music - lot)
    if way < -0.25:
        return "Further from music than chance is: the search goes where the critic is blind."
    if way < 0.25:
        return "No nearer to music than chance: the critic does not ask for it."
    if way < 0.75:
        return "Part of the way from chance to music: the critic asks for it, but not for enough."
    if way <= 1.25:
        return "As in music: the critic asks for it."
    return (
        "Past real music, on the side away from chance: the critic asks for it and does not know "
        "where to stop."
    )
