import type { World, WorldCustomer } from '../data/world.ts';
import * as ids from './ids.ts';
import type { Audit, EntitlementRecord, Organization, Ticket } from './model.ts';
import { seededOrganization, seededRecords, seededTickets } from './seed.ts';

/** Customers kept at hand, so that asking for one's organization, tickets and records makes it once. */
const AT_HAND = 2_000;

/**
 * What Zendesk holds: the world as it was generated, with everything that was written since laid over it. Seeded records are
 * made when they are asked for, so that a hundred thousand customers cost nothing until then.
 */
export class ZendeskState {
  readonly #world: World;
  readonly #atHand = new Map<number, WorldCustomer | null>();
  /** null: deleted. */
  readonly #organizations = new Map<number, Organization | null>();
  readonly #tickets = new Map<number, Ticket>();
  readonly #newTickets = new Map<number | null, number[]>();
  readonly #audits = new Map<number, Audit[]>();
  readonly #records = new Map<string, EntitlementRecord | null>();
  readonly #newRecords = new Set<string>();
  readonly #newByExternalId = new Map<string, string>();
  #next = { ...ids.FIRST_NEW };

  constructor(world: World) {
    this.#world = world;
  }

  nextId(kind: keyof typeof ids.FIRST_NEW): number {
    const id = this.#next[kind];
    this.#next = { ...this.#next, [kind]: id + 1 };
    return id;
  }

  organization(id: number): Organization | undefined {
    const written = this.#organizations.get(id);
    if (written !== undefined) return written ?? undefined;
    const customer = this.#customer(ids.indexOfOrganization(id));
    return customer === null ? undefined : seededOrganization(customer);
  }

  /** In the order of their ids. */
  *organizations(fromId = 0): Generator<Organization> {
    const first = Math.max(0, ids.indexOfOrganization(fromId));
    for (let index = first; index < this.#world.size; index += 1) {
      const organization = this.organization(ids.organizationId(index));
      if (organization) yield organization;
    }
    for (const [id, organization] of this.#organizations) {
      if (organization !== null && id >= Math.max(fromId, ids.FIRST_NEW.organization)) yield organization;
    }
  }

  organizationByExternalId(externalId: string): Organization | undefined {
    const wanted = externalId.toLowerCase(); // case-insensitive: see Search Organizations
    for (const organization of this.#organizations.values()) {
      if (organization?.externalId?.toLowerCase() === wanted) return organization;
    }
    const index = this.#world.indexOf(externalId);
    const seeded = index < 0 ? undefined : this.organization(ids.organizationId(index));
    return seeded?.externalId?.toLowerCase() === wanted ? seeded : undefined;
  }

  putOrganization(organization: Organization): void {
    this.#organizations.set(organization.id, organization);
  }

  removeOrganization(id: number): void {
    this.#organizations.set(id, null);
  }

  ticket(id: number): Ticket | undefined {
    const written = this.#tickets.get(id);
    if (written) return written;
    const customer = this.#customer(ids.indexOfTicket(id));
    return customer === null ? undefined : seededTickets(customer).find((ticket) => ticket.id === id);
  }

  /** Of one organization, in the order of their ids. */
  ticketsOf(organizationId: number): Ticket[] {
    const customer = this.#customer(ids.indexOfOrganization(organizationId));
    const seeded = customer === null ? [] : seededTickets(customer).map(({ id }) => id);
    return [...seeded, ...(this.#newTickets.get(organizationId) ?? [])].flatMap((id) => this.ticket(id) ?? []);
  }

  *tickets(): Generator<Ticket> {
    for (const { id } of this.organizations()) yield* this.ticketsOf(id);
    for (const id of this.#newTickets.get(null) ?? [])
      yield* [this.ticket(id)].filter((ticket) => ticket !== undefined);
  }

  putTicket(ticket: Ticket): void {
    const isNew = ticket.id >= ids.FIRST_NEW.ticket && !this.#tickets.has(ticket.id);
    this.#tickets.set(ticket.id, ticket);
    if (!isNew) return;
    const ofOrganization = this.#newTickets.get(ticket.organizationId) ?? [];
    ofOrganization.push(ticket.id);
    this.#newTickets.set(ticket.organizationId, ofOrganization);
  }

  /** In the order in which they came about. */
  auditsOf(ticketId: number): readonly Audit[] {
    return this.#audits.get(ticketId) ?? [];
  }

  addAudit(audit: Omit<Audit, 'id'>): Audit {
    const of = this.#audits.get(audit.ticketId) ?? [];
    const added = { ...audit, id: audit.ticketId * 1_000 + of.length + 1 };
    this.#audits.set(audit.ticketId, [...of, added]);
    return added;
  }

  record(id: string): EntitlementRecord | undefined {
    const written = this.#records.get(id);
    if (written !== undefined) return written ?? undefined;
    const customer = this.#customer(ids.indexOfRecord(id));
    return customer === null ? undefined : seededRecords(customer).find((record) => record.id === id);
  }

  recordByExternalId(externalId: string): EntitlementRecord | undefined {
    const written = this.#newByExternalId.get(externalId);
    if (written) return this.record(written);
    const customer = this.#customer(ids.indexOfSubscription(externalId.slice(0, externalId.indexOf(':'))));
    const seeded =
      customer === null ? undefined : seededRecords(customer).find((record) => record.externalId === externalId);
    return seeded && this.record(seeded.id);
  }

  /** Seeded records of one organization and of one subscription are found without looking at all the others. */
  recordsOf(of: { organizationId?: number; subscriptionId?: string }): EntitlementRecord[] {
    const index =
      of.organizationId === undefined
        ? ids.indexOfSubscription(of.subscriptionId ?? '')
        : ids.indexOfOrganization(of.organizationId);
    const customer = this.#customer(index);
    const seeded = customer === null ? [] : seededRecords(customer).map(({ id }) => id);
    return [...seeded, ...this.#newRecords]
      .flatMap((id) => this.record(id) ?? [])
      .filter(
        ({ fields }) =>
          (of.organizationId === undefined || fields.organization === String(of.organizationId)) &&
          (of.subscriptionId === undefined || fields.subscription_id === of.subscriptionId),
      );
  }

  /** In the order of their ids, from the customer on to whom the record `from` belongs. */
  *records(from: string | null = null): Generator<EntitlementRecord> {
    const first = from === null ? 0 : Math.max(0, ids.indexOfRecord(from) || 0);
    for (let index = first; index < this.#world.size; index += 1) {
      const customer = this.#customer(index);
      for (const { id } of customer === null ? [] : seededRecords(customer)) {
        const record = this.record(id);
        if (record) yield record;
      }
    }
    for (const id of this.#newRecords) {
      const record = this.record(id);
      if (record) yield record;
    }
  }

  /** Written since the world was made. What was made with it changed long before anybody could ask. */
  changedTickets(): readonly Ticket[] {
    return [...this.#tickets.values()];
  }

  changedOrganizations(): readonly Organization[] {
    return [...this.#organizations.values()].filter((organization) => organization !== null);
  }

  /** What was written since the world was made, the last written first. */
  writtenRecords(): EntitlementRecord[] {
    return [...this.#records.values()].filter((record) => record !== null).reverse();
  }

  putRecord(record: EntitlementRecord): void {
    if (ids.indexOfRecord(record.id) >= this.#world.size) this.#newRecords.add(record.id);
    this.#records.delete(record.id); // set again at the end: the map keeps the order of writing
    this.#records.set(record.id, record);
    if (record.externalId !== null) this.#newByExternalId.set(record.externalId, record.id);
  }

  deleteRecord(record: EntitlementRecord): void {
    this.#records.set(record.id, null);
    this.#newRecords.delete(record.id);
    if (record.externalId !== null) this.#newByExternalId.delete(record.externalId);
  }

  #customer(index: number): WorldCustomer | null {
    if (!Number.isInteger(index) || index < 0 || index >= this.#world.size) return null;
    const kept = this.#atHand.get(index);
    if (kept !== undefined) return kept;
    const customer = this.#world.customer(index);
    const known = customer.known.support ? customer : null;
    if (this.#atHand.size >= AT_HAND) this.#atHand.delete(this.#atHand.keys().next().value ?? index);
    this.#atHand.set(index, known);
    return known;
  }
}
