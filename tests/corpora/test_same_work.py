"""The same work under several names is one group, and different works are not."""

from __future__ import annotations

import pytest

from musecritic.corpora.composers import one_name, period
from musecritic.corpora.corpus import Work
from musecritic.corpora.same_work import groups

BEETHOVEN = "Ludwig van Beethoven"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((BEETHOVEN, "String Quartet No 8, OP59NO2"), (BEETHOVEN, "Quartet, Op. 59, No. 3")),
        (("Franz Schubert", "Sonata, D. 845"), ("Schubert, Franz", "Sonata in A minor, D845")),
        (("Johann Sebastian Bach", "WTK I, BWV847"), ("Johann Sebastian Bach", "Fuge BWV 847")),
        (("Franz Liszt", "Waldesrauschen"), ("Franz Liszt", "Waldesrauschen.")),
        (("Franz Schubert / Franz Liszt", "Ave Maria"), ("Franz Schubert", "Ave Maria")),
    ],
)
def test_one_work(one, other) -> None:
    assert groups([Work("a", *one), Work("b", *other)]) == [0, 0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((BEETHOVEN, "Quartet, Op. 18"), (BEETHOVEN, "Quartet, Op. 59")),
        ((BEETHOVEN, "Sonata, Op. 1"), ("Johannes Brahms", "Sonata, Op. 1")),
        (("Johann Sebastian Bach", "BWV 1.6"), ("Johann Sebastian Bach", "BWV 1.7")),
        (("Johann Sebastian Bach", ""), ("Johann Sebastian Bach", "")),
    ],
)
def test_two_works(one, other) -> None:
    assert groups([Work("a", *one), Work("b", *other)]) == [0, 1]


def test_what_hangs_together_through_a_third_is_one() -> None:
    works = [
        Work("a", BEETHOVEN, "Moonlight"),
        Work("b", BEETHOVEN, "Sonata, Op. 27"),
        Work("c", BEETHOVEN, "Für Elise"),
        Work("d", BEETHOVEN, "Moonlight, Op. 27"),
        Work("e", BEETHOVEN, "moonlight"),
        Work("f", BEETHOVEN, "Moonlight, op 27 no 2"),
    ]
    assert groups(works) == [0, 1, 2, 1, 0, 1]


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        ("Gounod,_Charles", "Charles Gounod"),
        ("BachJohannSebastian", "Johann Sebastian Bach"),
        ("PalestrinaGiovanni-Pierluigi", "Giovanni Pierluigi da Palestrina"),
        ("ChopinFrederic", "Frédéric Chopin"),
        ("Hensel,_Fanny_(Mendelssohn)", "Fanny Hensel"),
        ("Indy,_Vincent_d’", "Vincent d’Indy"),
        ("MozartLeopold", "Leopold Mozart"),
        ("Mozart", "Mozart"),
        ("Poldowski", "Poldowski"),
        ("Clara Schumann", "Clara Schumann"),
    ],
)
def test_a_composer_has_one_name(spelt, name) -> None:
    assert one_name(spelt) == name


def test_periods_by_birth() -> None:
    born = (1685, 1732, 1797, 1875, None)
    assert [period(year) for year in born] == ["Baroque", "Classical", "Romantic", "Modern", ""]
