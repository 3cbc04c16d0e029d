"""Files of tasks and contacts: fetched for another system, and another system's hung on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from bridge.model.errors import ConnectorError, FileGone, FileTooLarge
from bridge.model.files import LARGEST, Fetched, FileThere
from bridge.model.records import Ref
from connectors.planfix.api import NAME, NO_FILE, PlanfixApi, PlanfixReading
from connectors.planfix.mapping import files_there

TOO_LARGE = "7002"
"""The code of a refusal because a file is larger than the subscription allows."""


@contextmanager
def fetch(api: PlanfixReading, file: str, most: int) -> Iterator[Fetched]:
    """A file: one request, and one more for where Planfix keeps it. Raises ConnectorError, FileGone among them."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(api.download(file, most))
        except ConnectorError as error:
            if error.code == NO_FILE:
                raise FileGone(NAME, "the file is no more") from error
            raise
        yield found


class ThingFiles:
    """The files of one task or contact. Raises ConnectorError.

    `comment` writes a link there, `commented` finds the one of this delivery.
    """

    def __init__(
        self, api: PlanfixApi, thing: Ref, comment: Callable[[str], Ref], commented: Callable[[], Ref | None]
    ) -> None:
        self._api = api
        self._thing = thing
        self._kind = "contact" if thing.kind == "contact" else "task"
        self._comment = comment
        self._commented = commented

    @property
    def largest(self) -> int:
        return LARGEST  # what the subscription allows is told by a refusal only

    def files(self) -> Sequence[FileThere]:
        return files_there(self._api.files(self._thing.id, self._kind))

    def ref(self, file: str) -> Ref:
        return Ref(self._thing.system, self._thing.account, "file", file)

    @contextmanager
    def fetch(self, file: Ref, most: int) -> Iterator[Fetched]:
        with fetch(self._api, file.id, most) as found:
            yield found

    def hang(self, name: str, file: Fetched) -> Ref:
        """Two requests: a file that was uploaded and not hung anywhere is seen by nobody."""
        try:
            made = self._api.upload(name, file.media_type, file.content, file.size)
        except ConnectorError as error:
            if error.code == TOO_LARGE:
                raise FileTooLarge(NAME, error.what) from error
            raise
        self._api.attach(made, self._thing.id, self._kind)
        return self.ref(str(made))

    def linked(self, name: str, address: str) -> Ref | None:
        return self._commented()

    def link(self, name: str, address: str, note: str) -> Ref:
        return self._comment(note)
