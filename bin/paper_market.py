"""What the paper venue would list, for checks before anything is started."""

import msgspec

from bin.fault_file import load_faults
from config.schema import PaperVenueSettings
from events.values import SymbolRules
from exchange.alpha.decode import rules_of, tokens_of
from exchange.alpha.listings import ExchangeInfo
from exchange.paper.settings import PaperSettings
from exchange.paper.tokens import listings
from exchange.paper.venue import check_plan
from exchange.port import Token


def paper_market(venue: PaperVenueSettings) -> tuple[tuple[Token, ...], dict[str, SymbolRules]]:
    """Return its tokens, and the rules of its symbols by symbol.

    Raises exchange.paper.files.PaperFileError when one of the files in `venue` is no dump or its fault plan names a
    token that is not listed, and ConfigError when that plan is none.
    """
    listed = listings(PaperSettings(tokens_file=venue.tokens_file, symbols_file=venue.symbols_file))
    if venue.faults_file:
        check_plan(load_faults(venue.faults_file), listed)
    info = ExchangeInfo(symbols=listed.symbols)
    return tokens_of(_raw(listed.rows)), rules_of(_raw(info))


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
