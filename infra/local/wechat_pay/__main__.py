"""`python -m infra.local.wechat_pay`: the sandbox as a process of its own. Ends on SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import sqlite3
from pathlib import Path

from infra.local.clock import LocalClock
from infra.local.loopback import cannot_start, data_dir, serve_until_signal
from infra.local.wechat_pay.sandbox import Options
from infra.local.wechat_pay.server import WeChatPaySandbox


def main() -> int:
    """Serve until SIGINT or SIGTERM; 1 and one sentence on stderr when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.wechat_pay", description="WeChat Pay on this machine.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument(
        "--data", type=Path, default=data_dir(), help="data folder (default: $XIAODIAN_DATA, .xiaodian)"
    )
    parser.add_argument(
        "--callback-speed", type=float, default=60.0, help="WeChat's waits are divided by this (default: 60)"
    )
    parser.add_argument(
        "--refund-delay", type=float, default=0.2, help="seconds until a refund is finished (default: 0.2)"
    )
    parser.add_argument(
        "--notify-allow",
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="call back only this merchant; repeatable (default: any port on loopback)",
    )
    given = parser.parse_args()
    try:
        options = Options(given.data, given.port, given.callback_speed, given.refund_delay, tuple(given.notify_allow))
        sandbox = WeChatPaySandbox(options, LocalClock(given.data))
    except (OSError, ValueError, sqlite3.DatabaseError) as error:
        return parser.exit(1, cannot_start("wechat-pay", given.port, error))
    serve_until_signal(sandbox)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
