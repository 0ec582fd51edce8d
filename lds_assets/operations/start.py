"""What must happen before the services start: ``python -m lds_assets.operations.start``.

Sets the pools, and fails the runs of services that died with their host. Only for a moment when no
code server of the instance is alive. ``--then COMMAND ...`` becomes that command afterwards.
"""

import os
import sys

from lds_assets.operations.instance import open_instance, reap, set_pools
from lds_assets.resources import Settings

_THEN = "--then"


def main(arguments: list[str]) -> None:
    """Prepare the instance of this deployment, then become the command that was given."""
    with open_instance(Settings()) as instance:
        set_pools(instance)
        dead = reap(instance, services_are_down=True)
    if dead:
        sys.stdout.write(f"{len(dead)} runs of a former host were closed as failed\n")
        sys.stdout.flush()
    if _THEN in arguments:
        command = arguments[arguments.index(_THEN) + 1 :]
        os.execvp(command[0], command)  # noqa: S606 - the container's own command


if __name__ == "__main__":
    main(sys.argv[1:])
