"""All that a live run needs: a strict venue over TLS, credentials in a vault, acknowledgements, and settings."""

from pathlib import Path
from typing import NamedTuple

from bin.live_terms import acknowledge, terms
from events.values import Operator
from exchange.alpha.vault import Vault, open_vault
from exchange.paper.settings import PaperSettings, Strictness
from tests.support.far_venue import logged_in
from tests.support.paper import PaperVenue
from tests.support.vaults import KEY, vault_of

QUICK = PaperSettings(strict=Strictness(calls_per_second=200, placements_per_second=50, rotation_grace_ms=200))
"""A venue that is strict about sessions, and not about how fast a test is."""
ALICE = Operator(name="alice", uid=1000, pid=4711)
CONFIG = """
global_settings: {{default_trade_interval_seconds: 0.1, default_volume_check_delay_seconds: 0.2, {more}}}
strategies:
  - {{strategy_id: s, target_token: AOP, target_volume: {target}, user_ids: {users}, single_trade_amount_usdt: 40}}
venue:
  kind: alpha
  rest_url: {url}
  stream_url: {ws}
  ca_file: {ca_file}
  placements_per_second: 50
  calls_per_second: 100
  address_calls_per_second: 200
  {venue}
"""


class LiveHouse(NamedTuple):
    """Where a live run stands: its settings file and data directory, and the venue that it trades at."""

    config: Path
    data: Path
    venue: PaperVenue

    def command(self) -> tuple[str | Path, ...]:
        return "supervisor", "--config", self.config, "--data-dir", self.data, "--plain"

    def vault(self) -> Vault:
        return open_vault(self.data / "credentials.json", KEY)

    def log_in(self, user: int) -> None:
        """As the account's owner does, who then copies the session out of the browser."""
        self.vault().save(user, logged_in(self.venue, user))

    def log_out(self, user: int) -> None:
        self.venue.send("DELETE", "/admin/sessions", json={"account": str(user)}).raise_for_status()

    def acknowledge(self, *users: int) -> None:
        for user in users:
            acknowledge(self.data / "acknowledgements.json", user, ALICE, terms().sha256)


def live_house(
    directory: Path, venue: PaperVenue, *users: int, more: str = "", section: str = "", target: int = 20
) -> LiveHouse:
    """Everything is in order for these users, whose sessions are new."""
    directory.mkdir(parents=True, exist_ok=True)
    config, data = directory / "live.yaml", directory / "data"
    data.mkdir()
    where = {"url": venue.url, "ws": venue.ws, "ca_file": venue.ca_file, "target": target}
    section = section or "on_restriction: leave"
    config.write_text(CONFIG.format(users=list(users), more=more or "settle_seconds: 1", venue=section, **where))
    vault_of(data / "credentials.json")
    house = LiveHouse(config, data, venue)
    for user in users:
        house.log_in(user)
    house.acknowledge(*users)
    return house
