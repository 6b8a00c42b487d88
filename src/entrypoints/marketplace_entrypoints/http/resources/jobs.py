"""Jobs: what waits, what failed, and having it tried again."""

from __future__ import annotations

from typing import Any, Final

from marketplace_core.domain.access import Action
from marketplace_core.domain.jobs import JobId
from marketplace_entrypoints.http.operation import Answer, Call, Scope, operation
from marketplace_entrypoints.http.shapes.hooks import JobList, JobQuery, JobShape
from marketplace_entrypoints.work_services import work_of

_JOB: Final = "/api/admin/jobs/{job_id}"


@operation("GET", "/api/admin/jobs", Action.OPERATE, answers=JobList, query=JobQuery, scope=Scope.INSTALLATION)
def list_jobs(call: Call[Any, Any]) -> Answer:
    """Jobs in a state, by default the dead letters."""
    query: JobQuery = call.query
    found = work_of(call.parts.store).jobs(query.state, query.limit)
    return Answer(JobList(tuple(JobShape.of(it) for it in found)))


@operation("POST", _JOB + "/replay", Action.OPERATE, answers=JobShape, scope=Scope.INSTALLATION)
def replay_job(call: Call[Any, Any]) -> Answer:
    """Let a dead job run again at once."""
    work, job_id = work_of(call.parts.store), _job_id(call)
    work.replay(job_id)
    return Answer(JobShape.of(work.job(job_id)))


@operation("POST", _JOB + "/discard", Action.OPERATE, answers=JobShape, scope=Scope.INSTALLATION)
def discard_job(call: Call[Any, Any]) -> Answer:
    """Never run a waiting or dead job."""
    work, job_id = work_of(call.parts.store), _job_id(call)
    work.discard(job_id)
    return Answer(JobShape.of(work.job(job_id)))


def _job_id(call: Call[Any, Any]) -> JobId:
    return JobId(call.path["job_id"])
