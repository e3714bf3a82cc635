"""When a score's notes are no ground for deciding who composed it."""

from __future__ import annotations

from musecritic.brain.one_form import GRID, Sheet, length_of, on_beats

FEW_NOTES, FEW_QUARTERS = 50, 16
OFF_BEAT = 0.4  # of 3,746 works less than one in two hundred has as few notes on its beats


def caveat(notes: Sheet) -> str | None:
    """Say why nothing is decided by these notes; None where it may be."""
    quarters = length_of(notes) / GRID
    if len(notes) < FEW_NOTES or quarters < FEW_QUARTERS:
        counted = f"{len(notes)} note{'s' * (len(notes) != 1)} in {quarters:.0f} quarters"
        return f"it rests on {counted}; wanted are {FEW_NOTES} notes and {FEW_QUARTERS} quarters"
    share = on_beats(notes)
    if share < OFF_BEAT:
        return (
            f"only {100 * share:.0f} % of its notes begin on the file's own sixteenths or triplets,"
            " 25 % would by chance; it learned from scores, and reads by the beats"
        )
    return None
