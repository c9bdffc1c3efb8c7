# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command keyless-emulator."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from .parent_process import exit_with
from .private_files import write


def main() -> None:
    """Serves until SIGTERM or SIGINT, or until the process --parent-pid ends."""
    options = _options()
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    # moto takes a second to import, which --help and wrong options need not wait for.
    from .conditions.conditions import Start
    from .ec2.regions import enable_only
    from .server.backend import services_of
    from .server.calls import KEPT
    from .server.emulator import Emulator

    if options.parent_pid:
        exit_with(options.parent_pid)
    try:
        if options.regions:
            enable_only(options.regions)
        start = Start(
            latency=options.latency,
            propagation=options.propagation,
            replicas=options.replicas,
            transitions=options.transitions,
            buckets=options.buckets,
            faults=options.fault,
            refuses_reserved_tags=options.refuse_reserved_tags,
        )
        emulator = Emulator(options.port, options.log, start, services_of(options.services), options.keep_calls or KEPT)
    except (OSError, ValueError) as error:
        sys.exit(f"emulator: {error}")
    try:
        if options.examples:
            _create_examples(emulator)
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
    # Skips Python's clean-up, which takes a second or more to free moto's memory.
    os._exit(0)


def _create_examples(emulator: Any) -> None:
    """Creates what the guides name. The calls are answered in another thread, which ends before this process serves."""
    from .examples import create_examples

    emulator.start()
    try:
        create_examples(emulator)
    finally:
        emulator.pause()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="keyless-emulator", description="An emulator of EC2, IAM and Auto Scaling for tests.")
    parser.add_argument("--port", type=int, default=0, help="the port; 0, the default, picks a free one")
    parser.add_argument("--ready-file", type=Path, help="a file that gets the endpoint and the pid once the emulator answers; removed at the end")
    parser.add_argument("--log", type=Path, help="a file to which each AWS call is appended as a line of JSON")
    parser.add_argument("--keep-calls", type=_count, metavar="N", help="how many AWS calls and CloudTrail events to keep")
    parser.add_argument("--parent-pid", type=int, help="stop when this process ends")
    parser.add_argument("--examples", action="store_true", help="begin with what the guides of keyless.ec2 name, in eu-central-1")
    parser.add_argument("--services", default="", metavar="NAMES", help="more of moto's services, separated by commas: elbv2,ssm")
    parser.add_argument("--regions", nargs="+", metavar="NAME", help="the only regions that are enabled")
    _add_conditions(parser)
    return parser.parse_args()


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="the time to add to every AWS call")
    parser.add_argument(
        "--propagation",
        type=float,
        default=0,
        metavar="SECONDS",
        help="how long until EC2 sees a new instance profile, or the role in it",
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
        help="how long transitional states last, as for PUT /emulator/transitions",
    )
    parser.add_argument(
        "--buckets",
        type=_preset_or_json,
        metavar="JSON",
        help="request limits, as for PUT /emulator/buckets; or aws, for those of AWS",
    )
    parser.add_argument(
        "--fault",
        type=json.loads,
        action="append",
        default=[],
        metavar="JSON",
        help="an error to return, as for POST /emulator/faults",
    )
    parser.add_argument("--refuse-reserved-tags", action="store_true", help="refuse tags whose keys begin with aws:, as AWS does")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a number, 1 or more")
    return int(text)


def _preset_or_json(text: str) -> Any:
    """Parses JSON, or the name of a preset without quotation marks."""
    return text if text.isalpha() and text != "null" else json.loads(text)


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
