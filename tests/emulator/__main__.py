# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the emulator.

python tests/emulator [--port 0] [--ready-file FILE] [--log FILE] [--keep-calls N] [--parent-pid PID]
                      [--latency MS] [--propagation SECONDS] [--replicas JSON]
                      [--transitions JSON] [--buckets JSON] [--fault JSON]... [--services NAMES]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Serves until SIGTERM or SIGINT, or until the parent is gone."""
    options = _options()
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    _make_importable()
    from emulator.conditions.conditions import Start  # pylint: disable=import-outside-toplevel
    from emulator.parent import exit_with  # pylint: disable=import-outside-toplevel
    from emulator.private import write  # pylint: disable=import-outside-toplevel
    from emulator.server.backend import services_of  # pylint: disable=import-outside-toplevel
    from emulator.server.calls import KEPT  # pylint: disable=import-outside-toplevel
    from emulator.server.emulator import Emulator  # pylint: disable=import-outside-toplevel

    if options.parent_pid:
        exit_with(options.parent_pid)
    try:
        start = Start(
            latency=options.latency,
            propagation=options.propagation,
            replicas=options.replicas,
            transitions=options.transitions,
            buckets=options.buckets,
            faults=options.fault,
        )
        emulator = Emulator(options.port, options.log, start, services_of(options.services), options.keep_calls or KEPT)
    except (OSError, ValueError) as error:
        sys.exit(f"emulator: {error}")
    try:
        if options.ready_file:
            write(options.ready_file, json.dumps({"endpoint": emulator.endpoint, "pid": os.getpid()}))
        print(emulator.endpoint, flush=True)
        emulator.serve()
    except SystemExit:
        pass
    finally:
        emulator.close()
        if options.ready_file:
            options.ready_file.unlink(missing_ok=True)
    # Python itself would first free all that moto holds, for a second and more.
    os._exit(0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="emulator", description="An AWS for keyless.ec2's tests.")
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--ready-file", type=Path, help="written once it answers, removed at the end")
    parser.add_argument("--log", type=Path, help="every AWS call is appended to it, a JSON line each")
    parser.add_argument("--keep-calls", type=_count, metavar="N", help="how many calls and events are kept, the latest ones")
    parser.add_argument("--parent-pid", type=int, help="end when this process has ended")
    parser.add_argument("--services", default="", metavar="NAMES", help="more of moto's services, with commas: elbv2,ssm")
    _add_conditions(parser)
    return parser.parse_args()


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="added to every AWS call")
    parser.add_argument(
        "--propagation",
        type=float,
        default=0,
        metavar="SECONDS",
        help="until EC2 sees a new profile, or a role newly in one",
    )
    parser.add_argument(
        "--replicas",
        type=json.loads,
        default={},
        metavar="JSON",
        help="how late IAM itself is, as for PUT /emulator/replicas",
    )
    parser.add_argument(
        "--transitions",
        type=json.loads,
        default={},
        metavar="JSON",
        help="how long passing states last, as for PUT /emulator/transitions",
    )
    parser.add_argument(
        "--buckets",
        type=_preset_or_json,
        metavar="JSON",
        help="throttles, as for PUT /emulator/buckets, or: aws",
    )
    parser.add_argument(
        "--fault",
        type=json.loads,
        action="append",
        default=[],
        metavar="JSON",
        help="an error to answer, as for POST /emulator/faults",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a number, 1 or more")
    return int(text)


def _preset_or_json(text: str) -> Any:
    """A preset's name needs no quotation marks."""
    return text if text.isalpha() and text != "null" else json.loads(text)


def _make_importable() -> None:
    """Python puts this very folder first on the path, where its modules could hide others."""
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    sys.path.insert(0, str(HERE.parent))


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
