# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the role migrate_keys decides, about one host and about all hosts of the play.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ...module_utils._common.quoting import readable
from . import attachment, files, restore, rollback, usage
from .coverage import not_searched
from .deactivation import Decision, Key, Play, Report, decide
from .facts import HostFacts, Options, Result, Row, message, rows
from .request import Request
from .table import closing, table


def decide_about_host(facts: HostFacts, options: Options) -> dict[str, Any]:
    """What the tasks do next on this host, from the facts that are known so far."""
    facts = facts.with_names(options)
    findings = usage.findings(facts)
    request = Request.parse(options.deactivate)
    return {
        "request": _request(request, facts),
        "comparison": usage.comparison(facts, options),
        "usage": {"stops": findings.stops, "lines": readable(findings.lines)},
        "attachment": _attachment(facts, options),
        "rollback_file": rollback.rollback_file(options.root),
        "identity_error": readable(rollback.identity_error(facts, options)),
        "rollback_error": readable(rollback.error(facts)),
        "rollback_content": attachment.to_write_down(facts, files.paths_in_rollback_file(facts), options).as_content(),
        "changes_something": bool(files.paths_to_set_aside(facts)) or attachment.is_planned(facts),
        "paths_with_keys": files.paths_with_keys(facts),
        "paths_to_put_back": files.paths_to_put_back(facts),
        "changes_a_unit": files.changes_a_unit(facts, options),
        "are_files_restored": restore.are_files_restored(facts),
        "is_restored": restore.is_restored(facts),
        "result": files.result(facts, options, findings.in_result),
        "deactivation_error": readable(restore.deactivation_error(options.deactivation, options.reactivation)),
    }


def result_after_failure(facts: HostFacts, options: Options, task: Mapping[str, str], result: Result) -> dict[str, Any]:
    """The migrate_keys_result of a host that was put back because this task failed with this result."""
    facts = facts.with_names(options)
    failure = readable(restore.failure(facts, task, result))
    return files.result(facts, options, usage.findings(facts).in_result, failure, restore.is_restored(facts))


def decide_about_play(hosts: Mapping[str, HostFacts], results: Mapping[str, Optional[Row]], options: Options) -> dict[str, Any]:
    """What the tasks that run once for all hosts do next; ``results`` are the migrate_keys_result of all hosts, None for a host that has none."""
    reported = {host: result for host, result in results.items() if result}
    decision = _decision(results, options)
    batch = [hosts[host] for host in options.batch]
    suggestion = [] if Request.parse(options.deactivate).names else decision.suggestion(options.check_mode)
    region = next((facts.identity["region"] for facts in hosts.values() if facts.identity), None)
    return {
        "region": region,
        "usage_queries": usage.queries(batch, region),
        "access_key_ids": sorted({each["access_key_id"] for result in reported.values() for each in rows(result, "credentials")}),
        "table": table(reported, rows(options.owners, "access_keys")),
        "closing": readable(closing(reported)),
        "suggestion": readable(suggestion + (not_searched(reported) if suggestion else [])),
        "deactivate": [{"access_key_id": key.access_key_id, "user_name": key.user_name, "region": region} for key in decision.deactivate],
        "kept": readable(decision.kept),
        "deactivated": readable(decision.done(options.check_mode)),
        "not_searched": readable(not_searched(reported)),
        "states": restore.states({host: result or {} for host, result in results.items()}),
    }


def _request(request: Request, facts: HostFacts) -> dict[str, Any]:
    found = sorted({each["access_key_id"] for each in rows(facts.found, "credentials")})
    return {"names": list(request.names), "is_ambiguous": request.is_ambiguous, "errors": readable(request.errors(found))}


def _attachment(facts: HostFacts, options: Options) -> dict[str, Any]:
    is_planned = attachment.is_planned(facts)
    return {
        "wanted": attachment.wanted(facts, options),
        "is_planned": is_planned and bool(options.instance_profile),
        "is_only_planned": is_planned and options.check_mode,
        "error": readable(attachment.error(facts)) if options.instance_profile else "",
        "previous": attachment.previous(facts),
    }


def _decision(results: Mapping[str, Optional[Row]], options: Options) -> Decision:
    play = Play({host: Report.parse(result) if result else None for host, result in results.items()}, options.limit)
    keys = [Key.parse(each) for each in rows(options.owners, "access_keys")]
    return decide(Request.parse(options.deactivate), play, keys, message(options.owners))
