"""Named streams: the name alone decides which numbers come."""

import pytest

from sim.streams import Streams


def test_same_seed_and_name_give_the_same_numbers():
    assert Streams(3)("news").random(5).tolist() == Streams(3)("news").random(5).tolist()


def test_another_seed_or_name_gives_others():
    first = Streams(3)("news").random(5).tolist()
    assert first != Streams(4)("news").random(5).tolist()
    assert first != Streams(3)("retail").random(5).tolist()


def test_streams_do_not_depend_on_which_others_were_used():
    used = Streams(1)
    used("a").random(1000)
    assert used("b").random() == Streams(1)("b").random()


def test_negative_seed_is_refused():
    with pytest.raises(ValueError, match="seed"):
        Streams(-1)
