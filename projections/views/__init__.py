"""One read model each: tables and one function per event. `VIEWS` is all of them."""

from projections.views.activity import ACTIVITY
from projections.views.base import View
from projections.views.problems import PROBLEMS
from projections.views.progress import PROGRESS
from projections.views.streams import STREAMS

VIEWS: tuple[View, ...] = (PROGRESS, ACTIVITY, STREAMS, PROBLEMS)
