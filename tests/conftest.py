"""Settings every test shares."""

import os

from hypothesis import settings

#: Fixtures of the platform database, on SQLite and on PostgreSQL.
pytest_plugins = ["tests.databases"]

# shared machines stall: a slow example is no fault
settings.register_profile("road", deadline=None, max_examples=60)
settings.load_profile("road")

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
