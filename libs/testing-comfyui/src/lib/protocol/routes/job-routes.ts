import { isObject, type Json, type JsonObject } from '../../python/json';
import { PythonError } from '../../python/python-error';
import { findJob, jobStatuses, listJobs } from '../../queue/jobs';
import type { Instance } from '../../instance';
import { type Answer, json } from '../answer';
import type { Call } from '../call';
import type { Route } from '../router';

const canonicalUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `/api/jobs`: queue and history in one shape. Only the newer version has it. */
export function jobRoutes(server: Instance): Route[] {
  if (!server.dialect.hasJobs) return [];
  return [
    { method: 'GET', path: '/api/jobs', answer: (call) => list(server, call) },
    { method: 'POST', path: '/api/jobs/cancel', answer: (call) => cancelMany(server, call) },
    {
      method: 'GET',
      path: '/api/jobs/:id',
      answer: ({ params }) => {
        const job = findJob(server.queue, params['id'] as string);
        return job ? json(job) : json({ error: 'Job not found' }, 404);
      },
    },
    {
      method: 'POST',
      path: '/api/jobs/:id/cancel',
      // Always 200; `true` means asked, and the job may still run for a while.
      answer: ({ params }) => json({ cancelled: server.cancel(params['id'] as string) }),
    },
  ];
}

function list(server: Instance, call: Call): Answer {
  const statuses = (call.query('status') ?? '').split(',').map((status) => status.trim().toLowerCase());
  const wanted = statuses.filter(Boolean);
  const invalid = wanted.filter((status) => !(jobStatuses as readonly string[]).includes(status));
  if (invalid.length > 0) {
    return bad(`Invalid status value(s): ${invalid.join(', ')}. Valid values: ${jobStatuses.join(', ')}`);
  }
  const sortBy = (call.query('sort_by') ?? 'created_at').toLowerCase();
  const key = sortKeys[sortBy];
  if (!key) return bad("sort_by must be 'created_at' or 'execution_duration'");
  const order = (call.query('sort_order') ?? 'desc').toLowerCase();
  if (order !== 'asc' && order !== 'desc') return bad("sort_order must be 'asc' or 'desc'");
  const [limit, offset] = [integer(call, 'limit'), integer(call, 'offset')];
  if (Number.isNaN(limit)) return bad('limit must be an integer');
  if (limit !== undefined && limit <= 0) return bad('limit must be a positive integer');
  if (Number.isNaN(offset)) return bad('offset must be an integer');

  const workflow = call.query('workflow_id');
  const direction = order === 'desc' ? -1 : 1;
  const jobs = listJobs(server.queue)
    .filter((job) => wanted.length === 0 || wanted.includes(job['status'] as string))
    .filter((job) => !workflow || job['workflow_id'] === workflow)
    .sort((a, b) => direction * (key(a) - key(b)));
  const start = Math.max(0, offset ?? 0);
  const page = jobs.slice(start, limit === undefined ? undefined : start + limit);
  return json({
    jobs: page,
    pagination: {
      offset: start,
      limit: limit ?? null,
      total: jobs.length,
      has_more: start + page.length < jobs.length,
    },
  });
}

const sortKeys: Record<string, (job: JsonObject) => number> = {
  created_at: (job) => numberOf(job['create_time']),
  execution_duration: (job) => {
    const [start, end] = [numberOf(job['execution_start_time']), numberOf(job['execution_end_time'])];
    return start && end ? end - start : 0;
  },
};

function cancelMany(server: Instance, call: Call): Answer {
  let body: Json;
  try {
    body = call.json();
  } catch (error) {
    if (error instanceof PythonError) return bad('Request body must be valid JSON');
    throw error;
  }
  const ids = isObject(body) ? body['job_ids'] : undefined;
  if (!Array.isArray(ids)) return bad('job_ids must be a list');
  const invalid = ids.filter((id) => typeof id !== 'string' || !canonicalUuid.test(id));
  if (invalid.length > 0) return json({ error: 'job_ids contains invalid id(s)', invalid_ids: invalid }, 400);
  return json({ cancelled: ids.map((id) => server.cancel(id as string)).includes(true) });
}

function integer(call: Call, name: string): number | undefined {
  try {
    return call.integer(name);
  } catch {
    return NaN;
  }
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function bad(error: string): Answer {
  return json({ error }, 400);
}
