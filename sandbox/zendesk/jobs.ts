import type { FastifyInstance } from 'fastify';
import { recordNotFound, ZendeskError } from './errors.ts';
import type { RecordWrites } from './record-writes.ts';
import { fieldsOf, route, wrapped } from './request.ts';
import type { ZendeskState } from './state.ts';

interface Job {
  readonly id: string;
  readonly total: number;
  readonly results: readonly Record<string, unknown>[];
}

/**
 * Bulk jobs over records: accepted as `queued`, done by the time they are asked about.
 * https://developer.zendesk.com/api-reference/custom-data/custom-objects/custom_object_records/#custom-object-record-bulk-jobs,
 * https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/
 */
export function jobRoutes(app: FastifyInstance, state: () => ZendeskState, writes: RecordWrites): { forget(): void } {
  const jobs = new Map<string, Job>();
  const ACTIONS: Readonly<Record<string, (entry: unknown) => string>> = {
    create: (entry) => writes.create(fieldsOf(entry)).id,
    update: (entry) => writes.update(String(fieldsOf(entry).id), fieldsOf(entry)).id,
    create_or_update_by_external_id: (entry) =>
      writes.upsert(String(fieldsOf(entry).external_id ?? ''), fieldsOf(entry)).id,
    delete: (entry) => removed(String(entry), state().record(String(entry))),
    delete_by_external_id: (entry) => removed(String(entry), state().recordByExternalId(String(entry))),
  };
  const removed = (id: string, record: Parameters<RecordWrites['remove']>[0]) => {
    writes.remove(record);
    return id;
  };

  route(app, 'POST', '/custom_objects/:key/jobs', (request, reply) => {
    if (request.params.key !== 'entitlement') throw recordNotFound();
    const { action, items } = wrapped(request.body, 'job');
    const run = ACTIONS[String(action)];
    if (!run || !Array.isArray(items) || items.length === 0 || items.length > 100) {
      throw new ZendeskError(400, { error: 'BadRequest', description: 'job must name an action and 1 to 100 items' });
    }
    const results = items.map((entry, index) => {
      try {
        return { index, id: run(entry), action: String(action), status: 'Updated', success: true };
      } catch (error) {
        if (!(error instanceof ZendeskError)) throw error;
        return { index, success: false, error: error.message, details: JSON.stringify(error.body.details ?? '') };
      }
    });
    const job = { id: `V3-${String(jobs.size + 1).padStart(32, '0')}`, total: items.length, results };
    jobs.set(job.id, job);
    reply.code(201);
    return { job_status: { ...shape(job, request.origin), status: 'queued', progress: null, results: null } };
  });

  route(app, 'GET', '/job_statuses/:id', (request) => {
    const job = jobs.get(request.params.id ?? '');
    if (!job) throw recordNotFound();
    return {
      job_status: { ...shape(job, request.origin), status: 'completed', progress: job.total, results: job.results },
    };
  });

  return { forget: () => jobs.clear() };
}

const shape = (job: Job, origin: string) => ({
  id: job.id,
  job_type: 'Custom Object Record Bulk Job',
  url: `${origin}/api/v2/job_statuses/${job.id}.json`,
  total: job.total,
  message: null,
});
