"""What the files of an agency want of Trello and Planfix."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bridge.model.errors import ConnectorError, Retry
from bridge.model.fields import FieldType
from bridge.model.findings import Finding, fails
from bridge.model.setting_up import Does, Holds, Step, Thing, Wishes
from bridge.wiring.agency import Agency, load_agency
from bridge.wiring.setting_up import (
    can_be_chosen,
    carry_out,
    choice_written,
    connectors_of,
    only,
    out_of_reach,
    wishes_for,
    wishes_of,
)
from bridge.wiring.settings import load_settings

PACK = Path(__file__).parents[2] / "config"


@pytest.fixture
def agency(tmp_path: Path) -> Agency:
    shutil.copytree(PACK, tmp_path / "config")
    found, _findings = load_agency(tmp_path / "config")
    assert found is not None
    return found


class Refusing:
    """A system that fails with these errors before it makes anything."""

    def __init__(self, *errors: ConnectorError) -> None:
        self.errors = list(errors)
        self.made: list[str] = []

    def access(self) -> list[Finding]:
        return []

    def lacking(self, wishes: Wishes) -> list[Step]:
        return []

    def carry_out(self, step: Step) -> str:
        if self.errors:
            raise self.errors.pop(0)
        self.made.append(step.name)
        return step.name


def failing(retry: Retry) -> ConnectorError:
    return ConnectorError("trello", "no", retry=retry)


LISTS = [Step(Does.CREATE, Thing.LIST, name, "Клієнти") for name in ("Ліди", "Архів")]


def test_lists_and_labels_come_from_the_facts_in_their_order(agency: Agency) -> None:
    wishes = wishes_of(agency)
    assert wishes.lists[:3] == ("Ліди", "Договір", "Ініціалізація")
    assert wishes.labels == ("Надіслати бриф", "Терміново", "Кампанія", "VIP")


def test_a_field_is_wanted_as_the_fact_that_stands_in_it(agency: Agency) -> None:
    fields = wishes_of(agency).fields
    assert fields["planfix.task.sum"] == Holds(FieldType.MONEY)
    assert fields["planfix.task.work_type"] == Holds(FieldType.CHOICE, ("seo", "ads", "smm", "site"))
    assert fields["trello.card.site"] == Holds(FieldType.TEXT, written=True)


def test_labels_that_only_rules_name_are_wanted_too(agency: Agency) -> None:
    file = agency.folder / "fields.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("    of: [Надіслати бриф, Терміново, Кампанія, VIP]\n", ""), encoding="utf-8")
    changed, _findings = load_agency(agency.folder)
    assert changed is not None
    assert "Надіслати бриф" in wishes_of(changed).labels


def test_a_system_that_is_not_asked_for_is_as_if_it_were_not_used(agency: Agency) -> None:
    left = only(agency, ["trello"])
    assert (left.trello is not None, left.planfix, left.telegram, left.forms) == (True, None, None, ())


@pytest.mark.parametrize(
    ("connector", "step", "line"),
    [
        ("trello", Step(Does.CREATE, Thing.BOARD, "Клієнти"), '  boards: ["Інше"]               # names or ids'),
        ("trello", Step(Does.CREATE, Thing.FIELD, "Сайт", key="trello.card.site"), '    site: "Інше"'),
        ("planfix", Step(Does.CREATE, Thing.FIELD, "Сума", key="planfix.task.sum"), '    planfix.task.sum: "Інше"'),
        ("planfix", Step(Does.CREATE, Thing.FIELD, "Бриф", key="button:send-brief"), '    send-brief: "Інше"'),
        (
            "planfix",
            Step(Does.CREATE, Thing.FIELD, "Картка Trello", key="planfix.task.card"),
            '  card_field: "Інше"       # the deal\'s field that holds the address of its card',
        ),
    ],
)
def test_a_choice_is_written_where_the_files_name_it(agency: Agency, connector: str, step: Step, line: str) -> None:
    [text] = choice_written(agency, connector, step, "Інше").values()
    assert line in text.splitlines()


@pytest.mark.parametrize("retry", [Retry.UNKNOWN, Retry.PASSING])
def test_a_making_whose_answer_was_lost_is_tried_once_more(retry: Retry) -> None:
    system = Refusing(failing(retry))
    assert [step.name for step in carry_out(system, LISTS)] == ["Ліди", "Архів"]
    assert system.made == ["Ліди", "Архів"]


def test_a_refused_making_ends_the_rest() -> None:
    system = Refusing(failing(Retry.PERMANENT))
    with pytest.raises(ConnectorError):
        list(carry_out(system, LISTS))
    assert system.made == []


SECOND = "    site: Сайт\n    service: Послуга\n  accounts: {second: {boards: [Опт], fields: {site: Вебсайт}}}\n"


@pytest.fixture
def with_second(agency: Agency) -> Agency:
    file = agency.folder / "bridge.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("    site: Сайт\n    service: Послуга\n", SECOND), encoding="utf-8")
    found, _findings = load_agency(agency.folder)
    assert found is not None
    return found


def test_a_choice_of_a_further_account_is_written_into_its_own_part(with_second: Agency) -> None:
    step = Step(Does.CREATE, Thing.FIELD, "Вебсайт", others=("Інше",), key="trello.card.site")
    [text] = choice_written(with_second, "trello:second", step, "Інше").values()
    assert 'fields: {site: "Інше"}' in text
    assert "    site: Сайт\n" in text
    shared = Step(Does.CREATE, Thing.FIELD, "Послуга", others=("Інше",), key="trello.card.service")
    assert not can_be_chosen(with_second, "trello:second", shared)


def test_a_person_who_is_called_otherwise_in_trello_is_written_into_the_people(agency: Agency) -> None:
    step = Step(Does.BY_HAND, Thing.PEOPLE, "olena", "Клієнти", others=("olena_m",), key="olena")
    [(file, text)] = choice_written(agency, "trello", step, "olena_m").items()
    assert file.name == "people.yaml"
    assert 'ids: {trello: "olena_m", planfix: "user:1", telegram: "520000001"}' in text
    assert not can_be_chosen(agency, "trello:second", step)


def test_lists_are_wanted_of_the_first_account_only(with_second: Agency) -> None:
    wishes = wishes_of(with_second)
    assert wishes_for("trello", wishes) == wishes
    assert wishes_for("trello:second", wishes).lists == ()
    assert wishes_for("trello:second", wishes).fields == wishes.fields


def test_an_account_without_token_does_not_keep_the_first_one_from_being_set_up(with_second: Agency) -> None:
    first, second = connectors_of(with_second)[:2]
    kept, gone = only(with_second, [first]).trello, only(with_second, [second]).trello
    assert (first, second) == ("trello", "trello:second")
    assert kept is not None
    assert (kept.accounts, gone) == ({}, None)


@pytest.mark.parametrize(("address", "codes"), [("", ["no-public-address"]), ("https://bridge.example", [])])
def test_that_no_service_can_call_the_bridge_is_only_noted(agency: Agency, address: str, codes: list[str]) -> None:
    settings = load_settings(env_file=None, given={"public_url": address} if address else {})
    notes = out_of_reach(settings, agency)
    assert [note.code for note in notes] == codes
    assert not fails(notes)
