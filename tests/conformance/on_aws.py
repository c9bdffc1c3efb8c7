# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the probes on AWS itself, with your credentials, and removes everything that they have created.

Usage: make conformance-aws ACCOUNT=123456789012 REGION=eu-central-1 [CONFORMANCE="--main-job …"]
       make conformance-aws ACCOUNT=123456789012 REGION=eu-central-1 CONFORMANCE=--clean-up

It starts only if your credentials belong to the account, and after you have seen an estimate of the cost and confirmed it.
Everything that it creates has the tag keyless-conformance and the run's prefix. Use an account in which nothing else is.
"""

from __future__ import annotations

import argparse
import datetime
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from . import main_job
from .aws import Aws, Place
from .cleanup import LeftBehind, cleanup
from .cost import described, estimate
from .limits import LimitReached, Limits
from .recording import Recording, write
from .resources import new_run
from .run import DIFFERENT, Result, run, select
from .table import line, summary

CONFIRMATION = "yes"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
RECORDINGS = Path("dist/conformance")


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    session = boto3.Session(region_name=options.region)
    check_account(session, options)
    if options.clean_up:
        return clean_up(Place(session, options.region), options.run)
    limits = Limits(options.max_instances, options.max_minutes * 60, options.max_running)
    probes = [] if options.only_main_job else select(options.probes)
    expected = estimate(probes, options.workers, limits, options.main_job or options.only_main_job)
    print(described(expected, limits, options.instance_type))
    confirm(options)
    with stopping_in_time(limits.seconds):
        return make(options, session, limits, probes)


# Before anything is created


def check_account(session: boto3.Session, options: argparse.Namespace) -> None:
    """Ends the program unless the caller is in the account of the options, and their region exists."""
    if not re.fullmatch(r"\d{12}", options.account or ""):
        raise SystemExit("Name the account with --account: its twelve digits.")
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", options.region or ""):
        raise SystemExit("Name the region with --region, such as eu-central-1.")
    try:
        account = Place(session, options.region).client("sts").get_caller_identity()["Account"]
    except (ClientError, BotoCoreError) as error:
        raise SystemExit(f"AWS does not accept your credentials: {error}") from error
    if account != options.account:
        raise SystemExit("Your credentials belong to another account than the one that --account names. Nothing was created.")


def confirm(options: argparse.Namespace) -> None:
    """Ends the program unless the user agrees, by the option or at the prompt."""
    if options.confirm == CONFIRMATION:
        return
    if options.confirm is None and sys.stdin.isatty():
        answer = input(f"Create resources in account {options.account}, {options.region}? Type {CONFIRMATION} to go on: ")
        if answer.strip() == CONFIRMATION:
            return
    raise SystemExit(f"Not confirmed, so nothing was created. To confirm without being asked, add --confirm {CONFIRMATION}.")


# The run


def make(options: argparse.Namespace, session: boto3.Session, limits: Limits, probes: list[Any]) -> int:
    recording, name = Recording(), new_run()
    chosen = {"image": options.image, "instance_type": options.instance_type, "subnet": options.subnet_id}
    place = Place(session, options.region, **chosen, on_client=recording.watch)
    aws, results, failed = Aws(place, name, limits), [], False
    print(f"Run {name}. If it is killed, this removes everything: {clean_up_command(options)}", flush=True)
    try:
        with closing(run(aws, probes, recording.end, options.workers)) as ended:
            for result in ended:
                print(line(result), flush=True)
                results.append(result)
        if options.main_job or options.only_main_job:
            failed = not main_job.make(aws, options.verify)
    except LimitReached as reached:
        print(f"Stopped: {reached}.")
        failed = True
    finally:
        failed = not removed(replace(place, on_client=lambda client: client), name) or failed
    finish(options, recording, results, aws)
    return int(failed or any(result.outcome == DIFFERENT for result in results))


def removed(place: Place, name: str) -> bool:
    """Removes what the run has created, and returns whether nothing is left. A second signal does not stop it."""
    ignore_signals()
    return clean_up(place, name) == 0


def ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def finish(options: argparse.Namespace, recording: Recording, results: list[Result], aws: Aws) -> None:
    if not results:
        return
    print(summary(results))
    today = datetime.datetime.now(datetime.timezone.utc).date()
    path = Path(options.record or RECORDINGS / f"{today}-{options.region}.yml")
    write(recording.document(options.region, today), path, secrets_of(aws, options))
    print(f"Recorded in {path}, without ids, ARNs, addresses and tokens. Please look at it, and attach it to an issue.")


def secrets_of(aws: Aws, options: argparse.Namespace) -> list[str]:
    """The texts that must not be in a recording."""
    credentials = aws.place.session.get_credentials().get_frozen_credentials()
    own = (options.account, options.subnet_id, aws.resources.run)
    return [each for each in (*own, credentials.access_key, credentials.secret_key, credentials.token) if each]


@contextmanager
def stopping_in_time(seconds: float) -> Iterator[None]:
    """A signal or the time limit ends the run like an error, so that it removes what it has created."""

    def stop(number: int, _frame: Any) -> None:
        ignore_signals()
        raise LimitReached(f"it has taken {seconds / 60:g} minutes") if number == signal.SIGALRM else SystemExit(128 + number)

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


# Afterwards


def clean_up(place: Place, name: str | None) -> int:
    """Removes everything of this run, or of all runs, and prints whether anything is left."""
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        return clients.setdefault(service, clients.get(service) or place.client(service))

    begun = time.monotonic()
    try:
        gone = cleanup(client, name)
    except LeftBehind as left:
        print(f"Could not remove: {left}. Run the command again, or remove it by hand.")
        return 1
    whose = f"of run {name}" if name else "with the tag keyless-conformance"
    print(f"Removed {len(gone)} resources {whose} in {time.monotonic() - begun:.0f} s. AWS lists none any more.")
    return 0


def clean_up_command(options: argparse.Namespace) -> str:
    return f"make conformance-aws ACCOUNT={options.account} REGION={options.region} CONFORMANCE=--clean-up"


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="make conformance-aws", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--account", help="the id of the account that your credentials belong to")
    made.add_argument("--region", help="the region in which everything is created")
    made.add_argument("--confirm", help=f"{CONFIRMATION}: do not ask")
    made.add_argument("--clean-up", action="store_true", help="create nothing; remove what runs have left")
    made.add_argument("--run", help="with --clean-up: only what this run has left")
    made.add_argument("--max-instances", type=int, default=60, help="how many instances the run may launch (60)")
    made.add_argument("--max-running", type=int, default=12, help="how many instances may run at a time; lower it if your quota of vCPUs is low (12)")
    made.add_argument("--workers", type=int, default=8, help="how many probes run at a time (8)")
    made.add_argument("--max-minutes", type=float, default=30, help="how long it may take (30)")
    made.add_argument("--instance-type", default="t3.nano", help="the smallest that the image runs on (t3.nano)")
    made.add_argument("--image", help="the image of the instances; by default the newest minimal one of Amazon Linux")
    made.add_argument("--subnet-id", help="the subnet of the instances; by default, those of the default VPC")
    made.add_argument("--main-job", action="store_true", help="also run the main job with the playbooks")
    made.add_argument("--only-main-job", action="store_true", help="run only the main job")
    made.add_argument("--verify", metavar="FILE", help="for the main job: a YAML file with the variables of the connection to the instance")
    made.add_argument("--record", metavar="FILE", help=f"the file of the recording ({RECORDINGS}/DATE-REGION.yml)")
    made.add_argument("probes", nargs="*", metavar="PROBE", help="only these probes, or those with these subjects")
    return made


if __name__ == "__main__":
    raise SystemExit(main())
