"""How one text is written for each reader: Telegram's HTML, Trello's Markdown, or plain.

Whatever a client, a colleague or an author wrote is escaped: only `bold` and `link` make markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from bridge.model.values import utf16_units

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what follows: with them a name shows what it is not."""


def cleaned(text: str) -> str:
    """A value without the characters that nobody sees and that change how the rest is shown."""
    return _UNSEEN.sub("", text)


class Plain:
    """Nothing is special: titles of tasks, names of files. `limit` is the longest text in the reader's own units."""

    limit: int | None = None

    def escape(self, text: str) -> str:
        """The text so that all of it is shown as it is."""
        return text

    def bold(self, text: str) -> str:
        """The text in bold, where there is such a thing."""
        return text

    def link(self, url: str, title: str) -> str:
        """A link with its title."""
        return f"{title}: {url}"

    def length(self, made: str) -> int:
        """How long a written text is, as its reader counts."""
        return len(made)


_TAG = re.compile("<[^<>]*>")


class Telegram(Plain):
    """Telegram's HTML. Quotes matter inside tags only. https://core.telegram.org/bots/api#html-style"""

    limit = 16_384
    """Four messages, to which a longer text goes out: of what is longer still its lists are cut, also in a letter."""

    def escape(self, text: str) -> str:
        return html.escape(text, quote=False)

    def bold(self, text: str) -> str:
        return f"<b>{self.escape(text)}</b>"

    def link(self, url: str, title: str) -> str:
        return f'<a href="{html.escape(url)}">{self.escape(title)}</a>'

    def length(self, made: str) -> int:
        """In UTF-16 units, after its tags are read: an emoji is two."""
        return utf16_units(html.unescape(_TAG.sub("", made)))


_SPECIAL = re.compile(r"[\\*_`\[\]#<>~|]|&(?=#?\w{1,31};)")
_BEGINS_A_LINE = re.compile(r"^([ \t]*(?:[0-9]{1,9}(?=[.)](?:\s|$))|(?=[-+=](?:\s|$)|[-=]{2,}[ \t]*$)))", re.MULTILINE)
"""What would make a list, a heading or a ruler of a line: the next character is escaped."""
_WHOLE_URL = re.compile(r"https?://[^\s<>()\[\]@*`]+\Z")
_ENDS_A_LINK = re.compile(r"[()<>\"'\\]")
_NO_WIDTH = "\u200b"


class Trello(Plain):
    """Trello's Markdown. A letter of no width after @ keeps a client's name from notifying a member."""

    limit = 16384

    def escape(self, text: str) -> str:
        if _WHOLE_URL.match(text):
            return text
        quiet = _SPECIAL.sub(r"\\\g<0>", text).replace("@", f"@{_NO_WIDTH}")
        return _BEGINS_A_LINE.sub(r"\g<1>\\", quiet)

    def bold(self, text: str) -> str:
        return f"**{self.escape(' '.join(text.split()))}**"

    def link(self, url: str, title: str) -> str:
        bare = _ENDS_A_LINK.sub(lambda found: f"%{ord(found[0]):02X}", url)
        return f"[{self.escape(title)}]({bare})"


MARKUPS: Mapping[str, Plain] = {"plain": Plain(), "telegram": Telegram(), "trello": Trello()}
"""By the name that `Template.render` takes."""
