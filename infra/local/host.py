"""All functions of the stack: the gateway and a runner a service, forked from one process that imports everything once.

    python -m infra.local.host --data DIR --port 8080 --workers 2

SIGHUP starts the runners anew, which replay at their start what lost queues held.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from infra.local import gateway, runner
from infra.local.crew import Crew
from infra.local.services import SERVICES, app_of, resources_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="Serve the services' routes and triggers.")
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--port", type=int, required=True, help="the gateway's")
    parser.add_argument("--workers", type=int, default=2, help="the gateway's")
    parser.add_argument("--package", default="services", help="where the services are imported from")
    parser.add_argument("--after", type=Path, help="a file to wait for: it appears when tables and queues exist")
    parser.add_argument("--ready", type=Path, help="a folder to make a file runner-SERVICE in when it is served")
    options = parser.parse_args(arguments)
    apps = {service: app_of(service, options.package) for service in SERVICES}
    runners = {
        f"runner-{service}": partial(
            runner.serve, app, resources_of(service, options.package), options.data, options.after, options.ready
        )
        for service, app in apps.items()
    }
    http = partial(gateway.serve, apps, options.data, options.port, options.workers)
    return Crew({"gateway": http, **runners}, options.data / "logs", renewed=runners).run()


if __name__ == "__main__":
    sys.exit(main())
