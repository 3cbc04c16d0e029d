"""An hour of storm at each vendor's full limits: `python -m tests.daemon`."""

from tests.daemon.planfix_storm import PlanfixStorm
from tests.daemon.storms import blown
from tests.daemon.trello_storm import TrelloStorm

for kind in (PlanfixStorm, TrelloStorm):
    with blown(kind, 3600.0) as storm:
        print(storm.told(), flush=True)
