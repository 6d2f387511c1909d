"""Where things are, whatever directory a command is called from."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

DEFAULT_DATA_DIR = ROOT / "data"
"""Where everything is written unless --data-dir says otherwise; ignored by git."""

DEFAULT_CONFIG = ROOT / "config" / "trading_config.yaml"
"""The configuration that runs unless the command line names another."""
