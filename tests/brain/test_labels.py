"""Labels: heads speak only of what is theirs, and of what there is enough to learn from."""

from __future__ import annotations

from musecritic.brain.labels import labels_of, told
from musecritic.corpora.corpus import Work

HUMAN = Work("a", "Franz Schubert", "Lied", origin="human", period="Romantic", genre="song")
MACHINE = Work(
    "b", "Franz Schubert", origin="ai", generator="NotaGen", period="Romantic", genre="song"
)


def test_composer_and_period_are_of_people_generators_of_machines() -> None:
    assert told(HUMAN, in_form=True) == {
        "origin": (),
        "composer": ("Franz Schubert",),
        "period": ("Romantic",),
        "genre": ("song",),
    }
    assert told(MACHINE, in_form=True) == {
        "origin": ("ai",),
        "generator": ("NotaGen",),
        "genre": ("song",),
    }


def test_what_files_look_like_is_a_question_of_its_own() -> None:
    assert told(MACHINE, in_form=False) == {"published": ("ai",), "genre": ("song",)}
    assert told(HUMAN, in_form=False)["published"] == ()


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert told(Work("c"), in_form=True) == {}


def test_an_arrangement_is_its_composers() -> None:
    assert told(Work("d", "Franz Schubert / Franz Liszt"), in_form=True)["composer"] == (
        "Franz Schubert",
    )


def test_a_label_needs_enough_works_not_files() -> None:
    works = [HUMAN] * 12 + [
        Work(str(i), "Hugo Wolf", str(i), origin="human", period="Romantic") for i in range(3)
    ]
    groups = [0] * 12 + [1, 2, 3]
    played = [("voice", "piano")] * 12 + [("piano",)] * 3
    labels = labels_of(works, groups, played, least=3)
    assert labels == {
        "origin": ("ai",),
        "published": ("ai",),
        "generator": (),
        "composer": ("Hugo Wolf",),
        "period": ("Romantic",),
        "genre": (),
        "instruments": ("piano",),
    }


def test_no_more_than_fifteen_composers() -> None:
    works = [Work(f"{c}{i}", f"C{c:02} D", f"{i}") for c in range(20) for i in range(c + 1)]
    labels = labels_of(works, range(len(works)), [()] * len(works), least=1)
    assert labels["composer"] == tuple(f"C{c:02} D" for c in range(5, 20))
