import type { FastifyInstance } from 'fastify';
import type { VendorContext } from '../core/vendor.ts';
import { recordInvalid, recordNotFound } from './errors.ts';
import { type Organization, seconds } from './model.ts';
import {
  cursorPage,
  fieldsOf,
  integerParameter,
  keyAfter,
  listParameter,
  route,
  wrapped,
  type ZendeskRequest,
} from './request.ts';
import type { ZendeskState } from './state.ts';
import { organizationShape } from './wire.ts';

/** The account's custom organization fields: what a value may be, or null for any text. */
const FIELDS: Readonly<Record<string, readonly string[] | null>> = {
  support_tier: ['standard', 'premium', 'premium_plus'],
  region: ['emea', 'amer', 'apac'],
  hub_keys: null,
};

/** https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/ */
export function organizationRoutes(
  app: FastifyInstance,
  state: () => ZendeskState,
  context: VendorContext,
  announce: (type: string, subject: string, detail: object) => void,
): void {
  const many = (organizations: readonly Organization[], { origin }: ZendeskRequest) => ({
    organizations: organizations.map((organization) => organizationShape(organization, origin)),
    next_page: null,
    previous_page: null,
    count: organizations.length,
  });
  const byId = (request: ZendeskRequest) => {
    const organization = state().organization(integerParameter(request.params.id, 'id'));
    if (!organization) throw recordNotFound();
    return organization;
  };

  route(app, 'GET', '/organizations', (request) => {
    const from = Number(keyAfter(request) ?? 0); // the walk begins there: a hundred thousand are not passed for each page
    const { entries, meta, links } = cursorPage(request, state().organizations(from), ({ id }) => String(id));
    return { organizations: entries.map((entry) => organizationShape(entry, request.origin)), meta, links };
  });

  route(app, 'GET', '/organizations/show_many', (request) => {
    const ids = listParameter(request.query.ids, 'ids').map((id) => state().organization(integerParameter(id, 'ids')));
    const externals = listParameter(request.query.external_ids, 'external_ids').map((id) =>
      state().organizationByExternalId(id),
    );
    return many(
      [...ids, ...externals].filter((organization) => organization !== undefined),
      request,
    );
  });

  route(app, 'GET', '/organizations/search', (request) => {
    const found = state().organizationByExternalId(request.query.external_id ?? '');
    return many(found ? [found] : [], request);
  });

  route(app, 'GET', '/organizations/:id', (request) => ({
    organization: organizationShape(byId(request), request.origin),
  }));

  route(app, 'POST', '/organizations', (request, reply) => {
    const input = wrapped(request.body, 'organization');
    if (typeof input.name !== 'string' || input.name === '')
      throw recordInvalid('name', 'BlankValue', 'Name: cannot be blank');
    const externalId = input.external_id === undefined || input.external_id === null ? null : String(input.external_id);
    if (externalId !== null && state().organizationByExternalId(externalId)) {
      throw recordInvalid('external_id', 'DuplicateValue', 'External: has already been taken');
    }
    const noFields = { support_tier: null, region: null, hub_keys: null };
    const fields = checkedFields(input.organization_fields, noFields); // may refuse: before a counter is used
    const now = seconds(context.clock.now());
    const organization: Organization = {
      id: state().nextId('organization'),
      externalId,
      name: input.name,
      domain: null,
      fields,
      createdAt: now,
      updatedAt: now,
    };
    state().putOrganization(organization);
    noteChange('organization.created', organization);
    announce('organization.created', `organization:${organization.id}`, detailOf(organization));
    reply.code(201).header('location', `${request.origin}/api/v2/organizations/${organization.id}.json`);
    return { organization: organizationShape(organization, request.origin) };
  });

  route(app, 'PUT', '/organizations/:id', (request) => {
    const before = byId(request);
    const input = wrapped(request.body, 'organization');
    if (input.name !== undefined && (typeof input.name !== 'string' || input.name === '')) {
      throw recordInvalid('name', 'BlankValue', 'Name: cannot be blank');
    }
    const after: Organization = {
      ...before,
      name: typeof input.name === 'string' ? input.name : before.name,
      fields: checkedFields(input.organization_fields, before.fields),
      updatedAt: seconds(context.clock.now()),
    };
    if (facts(before) !== facts(after)) {
      state().putOrganization(after);
      noteChange('organization.updated', after);
      const what = before.name === after.name ? 'custom_field_changed' : 'name_changed';
      announce(`organization.${what}`, `organization:${after.id}`, detailOf(after));
    }
    return { organization: organizationShape(state().organization(before.id) ?? after, request.origin) };
  });

  route(app, 'DELETE', '/organizations/:id', (request, reply) => {
    const organization = byId(request);
    state().removeOrganization(organization.id);
    noteChange('organization.deleted', organization);
    announce('organization.deleted', `organization:${organization.id}`, detailOf(organization));
    reply.code(204);
    return null;
  });

  function noteChange(effect: string, { id, externalId, name, fields }: Organization): void {
    context.record({
      effect,
      id: String(id),
      businessKey: externalId,
      idempotencyKey: fields.hub_keys?.split('\n', 1)[0] || null,
      details: { org: String(id), name, supportTier: fields.support_tier ?? null },
    });
  }
}

/** What makes a change: the hub's key alone does not. */
const facts = ({ name, fields: { hub_keys: _, ...fields } }: Organization) => JSON.stringify([name, fields]);

const detailOf = ({ id, externalId, name, createdAt, updatedAt }: Organization) => ({
  id: String(id),
  ...(externalId === null ? {} : { external_id: externalId }),
  name,
  shared_comments: false,
  shared_tickets: false,
  created_at: createdAt,
  updated_at: updatedAt,
});

/** Zendesk drops fields that the account does not have without a word, and refuses a value that a drop-down does not offer. */
function checkedFields(input: unknown, before: Organization['fields']): Organization['fields'] {
  const fields: Record<string, string | null> = { ...before };
  for (const [name, value] of Object.entries(fieldsOf(input))) {
    const options = FIELDS[name];
    if (options === undefined) continue;
    if (value !== null && options !== null && !options.includes(String(value))) {
      throw recordInvalid(name, 'InvalidValue', `${name}: ${String(value)} is invalid`);
    }
    fields[name] = value === null ? null : String(value);
  }
  return fields;
}
