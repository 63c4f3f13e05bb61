import pytest
from sqlalchemy import Engine

from cases.act import Unfit
from cases.keeping import (
    basket,
    drop_view,
    follow,
    followed,
    put_aside,
    save_view,
    take_out,
    unfollow,
    views,
)
from cases.roles import Refused


def test_views_are_kept_replaced_shared_and_dropped(desk: Engine) -> None:
    save_view(desk, "li", "红色", "level=RED")
    save_view(desk, "li", "红色", "level=RED&order=due")
    save_view(desk, "chen", "全组", "owner=-", shared=True)
    save_view(desk, "chen", "自用", "q=x")

    assert [(v.person, v.name, v.query) for v in views(desk, "li")] == [
        ("li", "红色", "level=RED&order=due"), ("chen", "全组", "owner=-"),
    ]  # fmt: skip
    drop_view(desk, "li", "全组")
    drop_view(desk, "li", "红色")
    assert [v.name for v in views(desk, "li")] == ["全组"]
    with pytest.raises(Unfit, match="1 to 100 characters"):
        save_view(desk, "li", " ", "q=x")


def test_a_basket_holds_each_alert_once(desk: Engine) -> None:
    put_aside(desk, "li", [1, 2, 2])
    put_aside(desk, "li", [2, 3])
    assert basket(desk, "li") == [1, 2, 3]
    take_out(desk, "li", [2])
    assert basket(desk, "li") == [1, 3]
    take_out(desk, "li")
    assert basket(desk, "li") == []


def test_buyers_and_bidders_are_followed(desk: Engine) -> None:
    follow(desk, "li", "buyer", "局")
    follow(desk, "li", "buyer", "局")
    follow(desk, "li", "bidder", "A")
    unfollow(desk, "li", "bidder", "A")
    assert followed(desk, "li") == [("buyer", "局")]
    with pytest.raises(Unfit, match="a buyer or a bidder"):
        follow(desk, "li", "expert", "X")


def test_strangers_keep_nothing(lite: Engine) -> None:
    with pytest.raises(Refused, match="does not work at this desk"):
        put_aside(lite, "nobody", [1])
