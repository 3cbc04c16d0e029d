"""What a value of an element is, in one word: the parser checks it, the schema offers it, the manual names it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """Stands beside the type of a parameter. `said` tells an admin what to write there."""

    word: str
    said: str


ACTIONS = Kind("actions", "a list of actions")
APPROVABLE = Kind("approvable", "a text or a document")
ASSIGNMENT = Kind("assignment", "a fact that is a person: who it becomes")
AUDIENCE = Kind("audience", "client, staff-chat, a role, a person, or {each: a role}")
A_DAY = Kind("a-day", "a number of messages: 3 per day")
BUTTON = Kind("button", "a button")
CALENDAR = Kind("calendar", "a calendar")
CHECKLIST = Kind("checklist", "a template of checklists")
CLOCK = Kind("clock", 'a time of the day: "09:30"')
COMMAND = Kind("command", "one word after a slash: /бриф")
COMMENT = Kind("comment", "words, or template: a text of the set with gate: whose needs it lists")
CONDITION = Kind("condition", "a condition")
DOCUMENT = Kind("document", "a template of documents")
ELAPSED = Kind("elapsed", "elapsed time: 30m, 2h, 1d")
ENABLED = Kind("enabled", "true, false, or shadow: it counts and explains, and does nothing")
FIELD = Kind("field", "a declared fact, such as client.name")
FIELD_TYPE = Kind("field-type", "a type of facts")
FLOOD = Kind("flood", "how many effects in how long: 100 in 10m, or off")
FORM = Kind("form", "a form of forms.yaml")
GATE = Kind("gate", "a gate of the set")
GIVEN = Kind("given", "what only this rule knows: gate, document, or a name with its words")
ID = Kind("id", "a name that never changes: timers, history and tests hang on it")
LABEL = Kind("label", "a label of the board")
LENGTH = Kind("length", 'a length of time: 2wd, 16wh, 3d, 90m, "2wd at 10:00"')
LENGTH_OR_FIELD = Kind("length-or-field", "a length, or the fact that holds one")
LINES = Kind("lines", "a list of lines, each in every language")
LIST = Kind("list", "a list of the board")
LIST_OR_BACK = Kind("list-or-back", "a list of the board, or back")
MAP = Kind("map", "a map of answers of forms.yaml")
MOMENT = Kind("moment", "a fact that is a moment")
PERSON_FIELD = Kind("person-field", "a fact that is a person")
RECIPIENT = Kind("recipient", "client, staff-chat, a role or a person")
REPEAT = Kind("repeat", "each, once, or {not_within: 1h}")
RHYTHM = Kind("rhythm", "how often it is expected to fire: every 5wd")
ROLE = Kind("role", "a role")
TEMPLATE = Kind("template", "a text of the set")
TEXT = Kind("text", "a text, written here")
TEXTS = Kind("texts", "a text for each language, or one for all")
TIME_FIELD = Kind("time-field", "a fact that is a moment or a date")
TRIGGERS = Kind("triggers", "a trigger, or a list of which any wakes the rule")
VALUES = Kind("values", "facts and their new values")
WEBHOOK = Kind("webhook", "a webhook of bridge.yaml")
WINDOW = Kind("window", 'hours of the day: "09:00-19:00"')
