import type { Calendar } from './calendar.ts';
import { personName } from './names.ts';
import { phone } from './places.ts';
import { priceOf } from './products.ts';
import type { Random } from './random.ts';
import type { Order, TradeTerms } from './trade.ts';
import type { WorldCustomer } from './world.ts';

type Contact = WorldCustomer['contacts'][number];
export type Opportunity = WorldCustomer['opportunities'][number];
type Quote = WorldCustomer['quotes'][number];
type Case = WorldCustomer['cases'][number];

const TITLES = [
  'Head of Procurement',
  'Plant Manager',
  'Chief Financial Officer',
  'IT Director',
  'Quality Lead',
  'Operations Manager',
] as const;

export function contacts(count: number, domain: string, country: string, random: Random): Contact[] {
  const made: Contact[] = [];
  for (let i = 0; i < count; i += 1) {
    const { firstName, lastName } = personName(random);
    const local = `${firstName}.${lastName}`.toLowerCase();
    const taken = made.some((contact) => contact.email.startsWith(`${local}@`));
    made.push({
      firstName,
      lastName,
      title: random.pick(TITLES),
      email: `${local}${taken ? i + 1 : ''}@${domain}`,
      phone: phone(country, random),
      emailConsent: random.weighted<boolean | null>([
        [true, 6],
        [false, 2],
        [null, 2],
      ]),
    });
  }
  return made;
}

const OPEN_STAGES = [
  ['PROSPECTING', 10],
  ['QUALIFICATION', 25],
  ['PROPOSAL', 50],
  ['NEGOTIATION', 75],
] as const;
const THEMES = ['Expansion', 'Renewal', 'New site', 'Telemetry rollout', 'Retrofit', 'Pilot'] as const;

/** Won ones for the orders that came of them, now and then a lost one, and what is still open; open ones come first. */
export function opportunities(
  company: string,
  placed: readonly Order[],
  open: number,
  typicalAmount: number,
  calendar: Calendar,
  random: Random,
): Opportunity[] {
  const made: Opportunity[] = [];
  for (let i = 0; i < open; i += 1) {
    const [stage, probabilityPercent] = i === 0 ? OPEN_STAGES[3] : random.pick(OPEN_STAGES);
    made.push({
      name: `${company}: ${random.pick(THEMES)}`,
      stage,
      amount: Math.round((typicalAmount * (0.5 + random.next())) / 100) * 100,
      closesOn: calendar.day(random.int(7, 120)),
      probabilityPercent,
      order: null,
    });
  }
  placed.forEach((order, position) => {
    if (position > 2 || order.status === 'CANCELLED') return;
    made.push({
      name: `${company}: ${random.pick(THEMES)}`,
      stage: 'CLOSED_WON',
      amount: order.net,
      closesOn: order.orderedOn,
      probabilityPercent: 100,
      order: position,
    });
  });
  if (random.chance(0.25)) {
    made.push({
      name: `${company}: ${random.pick(THEMES)}`,
      stage: 'CLOSED_LOST',
      amount: Math.round(typicalAmount / 100) * 100,
      closesOn: calendar.day(-random.int(20, 300)),
      probabilityPercent: 0,
      order: null,
    });
  }
  return made;
}

/** Where something waits to be ordered. Neither draws a random number: a world with it is else the same as one without. */
const WON_EVERY = 10;
const WON_AT = 8;

/** What sales has won and nobody has ordered yet: here and there one, the last of its customer. */
export function wonUnordered(index: number, company: string, currency: string, calendar: Calendar): Opportunity[] {
  if (index % WON_EVERY !== WON_AT) return [];
  const agreed = (
    [
      ['SVC-TRAINING', 2],
      ['SUB-CLOUD-TEAM', 5 + (index % 7)],
    ] as const
  ).map(([sku, quantity]) => ({ sku, quantity, unitPrice: priceOf(sku, currency) }));
  const amount = agreed.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  return [
    {
      name: `${company}: Cloud rollout`,
      stage: 'CLOSED_WON',
      amount,
      closesOn: calendar.day(-1),
      probabilityPercent: 100,
      order: null,
      agreed,
    },
  ];
}

/** Of every second of these there is a quote that the customer accepted; of the others only the opportunity's products. */
export const acceptedQuotes = (held: readonly Opportunity[], index: number, calendar: Calendar): Quote[] =>
  held.flatMap(({ agreed, amount }, opportunity) =>
    agreed === undefined || index % (2 * WON_EVERY) !== WON_AT
      ? []
      : [{ opportunity, status: 'ACCEPTED', total: amount, expiresOn: calendar.day(29) }],
  );

/** A quote for each open opportunity that is far enough, and for the newest order that was won. */
export function quotes(held: readonly Opportunity[], calendar: Calendar, random: Random): Quote[] {
  const made: Quote[] = [];
  held.forEach((opportunity, position) => {
    const { stage, amount } = opportunity;
    if (stage === 'PROPOSAL' || stage === 'NEGOTIATION') {
      const status = stage === 'NEGOTIATION' ? 'PRESENTED' : 'DRAFT';
      made.push({ opportunity: position, status, total: amount, expiresOn: calendar.day(random.int(10, 60)) });
    } else if (stage === 'CLOSED_WON' && opportunity.order === 0) {
      const expiresOn = calendar.day(calendar.offsetOf(opportunity.closesOn) + 30);
      made.push({ opportunity: position, status: 'ACCEPTED', total: amount, expiresOn });
    }
  });
  return made;
}

const SUBJECTS = [
  'Sensor reads zero after firmware update',
  'Gateway offline since the weekend',
  'Invoice shows the wrong purchase order',
  'How to add seats for a new site',
  'Export to spreadsheet fails',
  'Calibration certificate missing',
  'Alarm e-mails arrive late',
  'Single sign-on refuses new users',
] as const;

const OPEN_STATUS = ['NEW', 'OPEN', 'PENDING', 'ON_HOLD'] as const;

/** Newest first. With `open-escalation` the first one is escalated and its next promise falls due within hours. */
export function cases(terms: TradeTerms, people: number, calendar: Calendar, random: Random): Case[] {
  const made: Case[] = [];
  const escalation = terms.traits.includes('open-escalation');
  const count = random.int(2, 4);
  let age = -random.int(1, 6);
  for (let i = 0; i < count; i += 1) {
    const open = age > -20 && (i === 0 || random.chance(0.3));
    const escalated = escalation && i === 0;
    const status = escalated ? 'OPEN' : open ? random.pick(OPEN_STATUS) : age > -40 ? 'SOLVED' : 'CLOSED';
    const owed = status === 'NEW' || status === 'OPEN';
    const openedAt = calendar.at(age, random.int(420, 900));
    made.push({
      subject: random.pick(SUBJECTS),
      status,
      severity: escalated
        ? 'URGENT'
        : random.weighted([
            ['LOW', 2],
            ['NORMAL', 5],
            ['HIGH', 2],
          ]),
      escalated,
      openedAt,
      updatedAt: open ? openedAt.replace(/T\d\d/, 'T16') : calendar.at(Math.min(age + 4, -1), random.int(960, 1200)),
      nextBreachAt: owed ? calendar.at(escalated ? 0 : random.int(1, 3), random.int(480, 1080)) : null,
      requester: random.int(0, people - 1),
    });
    age -= random.int(15, 90);
  }
  return made;
}
