"""The default pack, with two more things that clients are asked for: what they owe lies in three systems."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path

from bridge.engine.context import Context, FormLink
from bridge.model.decisions import Capability
from bridge.wiring.agency import Agency, load_agency
from rules.plan import Office
from tests.simulation.twins.documents import document_key

PACK = Path(__file__).parents[2] / "config"
LAG = timedelta(seconds=60)
"""How late a sheet and a list of Planfix may show what happened."""
ASKED_BY = {"brief": "brief.ask", "payment": "pay.ask", "plan": "plan.ask"}
"""What a client is asked for, and the message that asks for it."""
REMINDS_OF = {
    "brief.remind": "brief",
    "brief.staff_silent": "brief",
    "pay.remind": "payment",
    "plan.remind": "plan",
    "plan.staff_silent": "plan",
}
"""The messages that say that an answer has not come: to the client, and about them to staff."""
COMMAND_OF = {"brief": "/бриф", "payment": "/рахунок", "plan": "/план"}
"""The comment on the card with which staff ask."""
_MORE = """\
version: 1
rules:
  - id: pay-ask
    when: {command: /рахунок}
    per: deal
    then: [{send: pay.ask, to: client}]
  - id: pay-silent
    when: {delivered: pay.ask}
    if: {deal.prepaid: {is_not: true}}
    per: deal
    if_running: restart
    unless: {deal.prepaid: true}
    steps:
      - {id: remind, after: 1wd, then: [{send: pay.remind, to: client}]}
      - {id: again, after: 3wd at 09:30, then: [{send: pay.remind, to: client}]}
  - id: plan-ask
    when: {command: /план}
    per: deal
    then: [{send: plan.ask, to: client}]
  - id: plan-approved
    when: {approved: plan.ask}
    per: deal
    then: [{set: {deal.plan_agreed: true}}]
  - id: plan-silent
    when: {delivered: plan.ask}
    if: {deal.plan_agreed: {is_not: true}}
    per: deal
    if_running: restart
    unless: {deal.plan_agreed: true}
    steps:
      - {id: remind, after: 16wh, then: [{send: plan.remind, to: client}]}
      - {id: staff, after: 3wd at 10:00, then: [{send: plan.staff_silent, to: pm}]}
templates:
  pay.ask: {uk: Рахунок у пошті, ru: Счёт в почте, en: The invoice is in your mail}
  pay.remind: {uk: Не бачимо оплати, ru: Не видим оплаты, en: We do not see the payment yet}
  plan.ask: {buttons: [approve, comment], uk: Погоджуєте план?, ru: Согласны с планом?, en: Do you agree with the plan?}
  plan.remind: {uk: Чекаємо на план, ru: Ждём план, en: We wait for your word on the plan}
  plan.staff_silent: {uk: План мовчить, ru: План молчит, en: No word on the plan}
fields:
  deal.plan_agreed: {type: flag, title: {uk: План погоджено, ru: План согласован, en: The plan is agreed}, from: bridge}
"""


@cache
def agency() -> Agency:
    """The pack with these rules, read from a folder as an admin's would be."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "config"
        shutil.copytree(PACK, copy)
        (copy / "rules" / "60-timelines.yaml").write_text(_MORE)
        made, findings = load_agency(copy)
    if made is None:
        raise AssertionError("\n".join(map(str, findings)))
    return made


def context() -> Context:
    """That agency at work."""
    own = agency()
    return Context(
        ruleset=own.ruleset,
        office=Office(own.people, document_key),
        in_charge={
            Capability.CARDS: "trello",
            Capability.TASKS: "planfix",
            Capability.CHAT: "telegram",
            Capability.DOCUMENTS: "documents",
        },
        forms={
            form.id: FormLink(form.id, form.entry.title.by_language(), "https://f.test/{}".format) for form in own.forms
        },
        chat_link="https://t.test/{}".format,
        staff_chat=str(own.staff_chat or ""),
    )
