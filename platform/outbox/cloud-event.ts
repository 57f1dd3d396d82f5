/** CloudEvents 1.0 in its JSON form (github.com/cloudevents/spec, v1.0.2), with the hub's extension attributes. */
export interface CloudEvent<Data = Readonly<Record<string, unknown>>> {
  readonly specversion: '1.0';
  /** Unique with `source`; the same at every delivery and replay. */
  readonly id: string;
  /** Example: `/concord`. */
  readonly source: string;
  /** Example: `concord.SubscriptionAmended.v1`. */
  readonly type: string;
  /** What it is about. Example: `customer/C-10001`. */
  readonly subject: string;
  /** When it happened, RFC 3339. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** Events of one key are told in their order. */
  readonly orderkey: string;
  readonly correlationid: string;
  readonly data: Data;
}

export interface EventToPublish {
  /** Made of its cause, so that saying it twice is one event. Example: `prc_1:SubscriptionAmended`. */
  readonly id: string;
  /** Example: `SubscriptionAmended`. */
  readonly name: string;
  readonly version: number;
  readonly subject: string;
  readonly orderKey: string;
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const toCloudEvent = (event: EventToPublish): CloudEvent => ({
  specversion: '1.0',
  id: event.id,
  source: '/concord',
  type: `concord.${event.name}.v${event.version}`,
  subject: event.subject,
  time: event.occurredAt,
  datacontenttype: 'application/json',
  orderkey: event.orderKey,
  correlationid: event.correlationId,
  data: event.data,
});
