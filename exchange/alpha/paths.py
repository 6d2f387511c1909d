"""Where the venue keeps what (venue protocol notes, section 3; numbers are those of its catalogue).

Paths only: hosts are settings, and query strings belong to the callers.
"""

from typing import Final

_DEFI: Final = "/bapi/defi/v1"
_ASSET: Final = "/bapi/asset/v1"
_WALLET: Final = f"{_DEFI}/private/wallet-direct"

LISTEN_KEY: Final = f"{_DEFI}/private/alpha-trade/get-listen-key"  # 1, POST
USER_DATA_STREAM: Final = f"{_DEFI}/private/alpha-trade/userDataStream"  # 3, DELETE, answers 404
OTO_PLACE: Final = f"{_ASSET}/private/alpha-trade/oto-order/place"  # 4, POST
ORDER_PLACE: Final = f"{_ASSET}/private/alpha-trade/order/place"  # 5, POST
ORDER_CANCEL: Final = f"{_DEFI}/private/alpha-trade/order/cancel"  # 6, POST
ORDER_CANCEL_ALL: Final = f"{_DEFI}/private/alpha-trade/order/cancel-all"  # 7, POST, account-wide
OPEN_ORDERS: Final = f"{_DEFI}/private/alpha-trade/order/get-open-order"  # 8
ORDER_HISTORY: Final = f"{_DEFI}/private/alpha-trade/order/get-order-history-merge"  # 9
USER_TRADES: Final = f"{_DEFI}/private/alpha-trade/order/get-user-trades"  # 10
USER_VOLUME: Final = f"{_WALLET}/buw/wallet/today/user-volume"  # 12
ALPHA_WALLET: Final = f"{_WALLET}/cloud-wallet/alpha"  # 14
FUNDING_WALLET: Final = "/bapi/asset/v3/private/asset-service/asset/get-wallet-asset"  # 15, POST

AGG_TICKER: Final = f"{_DEFI}/public/alpha-trade/aggTicker24"  # 19
TOKEN_LIST: Final = f"{_DEFI}/public/wallet-direct/buw/wallet/cex/alpha/all/token/list"  # 20
EXCHANGE_INFO: Final = f"{_DEFI}/public/alpha-trade/get-exchange-info"  # 21
TICKER: Final = f"{_DEFI}/public/alpha-trade/ticker"  # 22
AGG_TRADES: Final = f"{_DEFI}/public/alpha-trade/agg-trades"  # 25
FULL_DEPTH: Final = f"{_DEFI}/public/alpha-trade/fullDepth"  # 26
FEE_RATE: Final = f"{_DEFI}/public/alpha-trade/get-fee-rate"  # 27

USER_STREAM: Final = "/w3w/stream"  # WebSocket, section 5.1

PLACEMENTS: Final = frozenset({OTO_PLACE, ORDER_PLACE})
CANCELS: Final = frozenset({ORDER_CANCEL, ORDER_CANCEL_ALL})
