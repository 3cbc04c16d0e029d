"""The vault's facts: what is missing, how far all of it is, and a place in a text where a one-time link belongs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.model.vault import Access, AccessState, AskedAccess, Vault, digest_of, newest_of, waiting_links

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
ADS = AskedAccess({"uk": "Google Ads", "en": "Google Ads"}, {"deal.work_type": ("ads",)})
SITE = AskedAccess({"uk": "Сайт", "en": "Website"}, {"deal.work_type": ("ads", "site")})
VAULT = Vault(b"k" * 32, {"ads": ADS, "site": SITE}, "https://bridge.example")
FOR_ADS = {"deal.work_type": "ads"}


def access(name: str, state: AccessState = AccessState.ASKED, **more: Any) -> Access:
    return Access(f"id-{name}", "deal-2", name, state, NOW, **more)


def test_a_deal_needs_the_accesses_of_its_kind_of_work() -> None:
    assert VAULT.facts("deal-2", {"deal.work_type": "site"}, [])["access.missing"] == ("site",)
    assert VAULT.facts("deal-2", FOR_ADS, [])["access.missing"] == ("ads", "site")
    assert VAULT.facts("deal-2", {}, [])["access.missing"] is None


@pytest.mark.parametrize(
    ("ads", "site", "told"),
    [
        (AccessState.ASKED, AccessState.ASKED, "asked"),
        (AccessState.RECEIVED, AccessState.ASKED, "asked"),
        (AccessState.RECEIVED, AccessState.RECEIVED, "received"),
        (AccessState.CHECKED, AccessState.RECEIVED, "received"),
        (AccessState.CHECKED, AccessState.CHECKED, "checked"),
        (AccessState.WRONG, AccessState.CHECKED, "asked"),
    ],
)
def test_all_accesses_together_are_as_far_as_the_last_one(ads: AccessState, site: AccessState, told: str) -> None:
    assert VAULT.facts("deal-2", FOR_ADS, [access("ads", ads), access("site", site)])["access.vault"] == told


def test_of_several_only_the_one_that_does_not_work_is_asked_for_again() -> None:
    known = [access("ads", AccessState.WRONG), access("site", AccessState.RECEIVED)]
    facts = VAULT.facts("deal-2", FOR_ADS, known)
    assert (facts["access.wrong"], facts["access.missing"]) == (("ads",), ("ads",))
    assert facts["access.link"] == "https://bridge.example/access/for/deal-2/ads"


def test_there_is_no_link_without_a_public_address_and_none_when_all_is_there() -> None:
    assert replace(VAULT, address="").facts("deal-2", FOR_ADS, [])["access.link"] is None
    known = [access("ads", AccessState.CHECKED), access("site", AccessState.RECEIVED)]
    assert VAULT.facts("deal-2", FOR_ADS, known)["access.link"] is None


def test_who_checked_last_and_when_the_first_box_goes_is_told() -> None:
    first = access("ads", AccessState.CHECKED, settled_at=NOW, settled_by="Ірина", sealed=True, expires_at=NOW)
    later = NOW + timedelta(days=1)
    second = access("site", AccessState.CHECKED, settled_at=later, settled_by="Марко", sealed=True, expires_at=later)
    facts = VAULT.facts("deal-2", FOR_ADS, [first, second])
    told = (facts["access.checked_by"], facts["access.checked_at"], facts["access.expires"])
    assert told == ("Марко", later, NOW)


def test_of_two_accesses_of_one_name_the_one_that_got_further_counts() -> None:
    here, there = access("ads", AccessState.CHECKED), replace(access("ads"), id="other")
    assert newest_of([here, there])["ads"] == newest_of([there, here])["ads"] == here


def test_a_text_tells_where_a_link_belongs_whatever_stands_around_it() -> None:
    link = str(VAULT.facts("deal-2", FOR_ADS, [])["access.link"])
    text = f'<a href="{link}">тут</a>. Ще раз: {link}.'
    [place] = waiting_links(text, VAULT.address)
    assert (place.text, place.deal, place.names) == (link, "deal-2", ("ads", "site"))


def test_what_is_kept_of_a_link_does_not_open_it() -> None:
    assert "token" not in digest_of("token")
    assert digest_of("token") != digest_of("tokem")
