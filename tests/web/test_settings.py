"""What may be set, and what is refused before the service begins."""

import pytest

from musecritic.errors import BadInput
from musecritic.web.settings import Settings


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "music.example"])
def test_other_addresses_demand_a_token(host, tmp_path) -> None:
    with pytest.raises(BadInput, match="token"):
        Settings(tmp_path, host=host)
    assert not Settings(tmp_path, host=host, token="a" * 16).is_local


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_the_machines_own_do_not(host, tmp_path) -> None:
    assert Settings(tmp_path, host=host).is_local


def test_a_name_demands_a_token_for_others_may_come_by_it(tmp_path) -> None:
    with pytest.raises(BadInput, match=r"music\.example"):
        Settings(tmp_path, hosts=("music.example",))
    assert Settings(tmp_path, hosts=("music.example",), token="a" * 16).hosts


def test_a_short_token_is_refused_and_none_is_ever_shown(tmp_path) -> None:
    with pytest.raises(BadInput, match="16"):
        Settings(tmp_path, token="short")
    assert "secret" not in repr(Settings(tmp_path, token="secret" * 4))


def test_a_token_that_no_request_can_carry_is_refused(tmp_path) -> None:
    with pytest.raises(BadInput, match="1024"):
        Settings(tmp_path, token="a" * 1025)
