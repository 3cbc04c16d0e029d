"""An hour of storm at each vendor's full limits, and Monday after a stopped weekend: `python -m tests.daemon`."""

from tests.daemon.monday_storm import MondayStorm
from tests.daemon.planfix_storm import PlanfixStorm
from tests.daemon.storms import blown
from tests.daemon.trello_storm import TrelloStorm

for kind in (MondayStorm, PlanfixStorm, TrelloStorm):
    with blown(kind, 3600.0) as storm:
        print(storm.told(), flush=True)
