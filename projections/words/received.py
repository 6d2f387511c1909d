"""What an actor received, in words: the messages that the log keeps beside what was decided from them."""

import msgspec

from events.base import Recorded

RECEIVED = {
    "Admitted": "its turn to trade",
    "TurnGranted": "its turn on the symbol",
    "TurnNotYet": "another account of ours has the symbol",
    "BookNotSeen": "no answer about the order book",
    "BookSeen": "the order book",
    "CancelDone": "the answer to the cancel",
    "CheckChildren": "a look at the actors",
    "ChildFailed": "the failure of an actor",
    "ChildStopped": "the end of an actor",
    "Commanded": "the operator's command",
    "FindOrder": "a search among the reports of the user stream",
    "FrameRefused": "a frame that could not be understood",
    "KeyKept": "the renewal of the listen key",
    "KeyMoved": "another listen key",
    "LookedUp": "a look at the orders",
    "OrderAnswered": "the venue's answer to the sale",
    "OrderEnded": "the end of an order",
    "OrderFailed": "the failure to place the sale",
    "OrderNotFound": "a search that did not find the sale",
    "OrdersSeen": "a look at the orders over REST",
    "OtoAnswered": "the venue's answer to the placement",
    "OtoFailed": "the failure of the placement",
    "OtoNotFound": "a search that did not find the placement",
    "PauseTrading": "the operator's pause",
    "QuoteNotSeen": "no answer about the price",
    "QuoteSeen": "the price",
    "ReaderEnded": "the end of the user stream's connection",
    "ReaderSubscribed": "the acknowledgement of the subscription",
    "Reconciled": "a comparison with the venue",
    "Recovered": "the start of the actor",
    "ReportReceived": "a report of the user stream",
    "Request": "a request of another actor",
    "ResumeTrading": "the operator's end of a pause",
    "Retire": "the end of the account's work",
    "RunBegins": "the start of the program",
    "RunEnds": "the end of the program",
    "StartStrategies": "the strategies that the run names",
    "StopTrading": "the operator's stop",
    "StorageLost": "the failure of the log",
    "VenueLost": "the end of the venue",
    "StreamDown": "the loss of the user stream",
    "StreamMoved": "another subscription of the user stream",
    "StreamSilent": "proof that the user stream is silent",
    "StreamUp": "the user stream being up",
    "Tick": "a time that had come",
    "VolumeNotRead": "no answer about the volume",
    "VolumeNotSeen": "no answer about the volume",
    "VolumeRead": "the venue's answer about the volume",
    "VolumeSeen": "the volume that the venue counts",
    "WatchOrders": "a question about orders",
    "_ReportKept": "",  # the event beside it says all of it
}
"""By the messages' names on disk."""


class _Kind(msgspec.Struct, frozen=True):
    type: str = ""


_kind = msgspec.json.Decoder(_Kind)


def received_in_words(recorded: Recorded) -> str:
    """What the event was decided from, empty where nothing is kept; a message of another version by its own name."""
    if not recorded.meta.received:
        return ""
    try:
        kind = _kind.decode(recorded.meta.received).type
    except msgspec.DecodeError:
        return ""
    return RECEIVED.get(kind, kind)
