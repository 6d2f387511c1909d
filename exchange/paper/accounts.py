"""The paper venue's accounts and how often each asked for what."""

from decimal import Decimal

from exchange.paper.model import Account, Balance
from exchange.paper.store import RequestCount, Store
from exchange.paper.tokens import QUOTE


class Accounts:
    """Accounts open at first sight with the starting balance in the funding wallet."""

    def __init__(self, store: Store, starting_balance: Decimal) -> None:
        self._store = store
        self._starting_balance = starting_balance
        self._accounts = {each.user_id: each for each in store.rows("accounts", Account)}
        self._requests = {(each.account, each.endpoint): each.count for each in store.rows("requests", RequestCount)}

    def get(self, user_id: str) -> Account:
        if user_id not in self._accounts:
            self.put(Account(user_id, {QUOTE: Balance(free=self._starting_balance)}))
        return self._accounts[user_id]

    def put(self, account: Account) -> None:
        self._accounts[account.user_id] = account
        self._store.put(account)

    def count_request(self, user_id: str, endpoint: str) -> None:
        count = self._requests.get((user_id, endpoint), 0) + 1
        self._requests[(user_id, endpoint)] = count
        self._store.put(RequestCount(user_id, endpoint, count))
