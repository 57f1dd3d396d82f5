import type { Random } from './random.ts';

const FIRST_WORDS =
  'Alder Amber Arden Aspen Atlas Aurora Baltic Beacon Birch Borealis Brook Calder Cedar Cobalt Corvin Dalton Delta Dunmore Eastgate Elm Ember Falcon Fenwick Fjord Garnet Glen Granite Harbor Hazel Helios Heron Iris Juniper Kestrel Lark Linden Lumen Maple Meadow Mistral Nordic Northgate Oakfield Onyx Orchard Osprey Pacific Pinnacle Quarry Quill Raven Ridge Rowan Sable Sequoia Silver Sterling Summit Tamar Tern Vale Vesper Willow Zephyr'.split(
    ' ',
  );
const TRADES =
  'Robotics Logistics Foods Water Chemicals Optics Brewing Dairy Textiles Pharma Biotech Energy Mining Paper Glass Plastics Packaging Steel Foundry Tooling Motors Aviation Marine Rail Farms Nurseries Laboratories Medical Diagnostics Ceramics Timber Furniture Coatings Cosmetics Beverages Bakeries Seafood Semiconductors Electronics Instruments Telecom Utilities Recycling Construction Engineering Automation Printing Cement'.split(
    ' ',
  );
const FIELDS =
  'Applied Advanced Allied Central Classic Coastal Combined Continental Crown Digital Dynamic Eastern Fine First General Global Grand Green Highland Imperial Inland Integrated Island Lowland Metro Modern National New Northern Old Premier Prime Pure Royal Smart Southern Standard United Urban Western'.split(
    ' ',
  );

const INDUSTRY: readonly (readonly [string, readonly string[]])[] = [
  ['FOOD_AND_BEVERAGE', ['Foods', 'Brewing', 'Dairy', 'Beverages', 'Bakeries', 'Seafood', 'Farms', 'Nurseries']],
  ['LIFE_SCIENCES', ['Pharma', 'Biotech', 'Laboratories', 'Medical', 'Diagnostics', 'Cosmetics']],
  ['UTILITIES', ['Water', 'Energy', 'Utilities', 'Telecom', 'Recycling']],
  ['TRANSPORT', ['Logistics', 'Aviation', 'Marine', 'Rail', 'Motors']],
  ['TECHNOLOGY', ['Robotics', 'Optics', 'Semiconductors', 'Electronics', 'Instruments', 'Automation']],
  ['CONSTRUCTION', ['Construction', 'Engineering', 'Cement', 'Timber', 'Steel', 'Glass', 'Ceramics']],
];
const INDUSTRY_OF = new Map(
  INDUSTRY.flatMap(([industry, trades]) => trades.map((trade) => [trade, industry] as const)),
);

const SUFFIX: Readonly<Record<string, readonly [string, ...string[]]>> = {
  DE: ['GmbH', 'AG', 'GmbH & Co. KG'],
  AT: ['GmbH'],
  NL: ['B.V.'],
  FR: ['SAS', 'SARL', 'SA'],
  BE: ['SA'],
  GB: ['Ltd', 'plc', 'LLP'],
  IE: ['Ltd'],
  US: ['Inc.', 'LLC', 'Corp.'],
  CA: ['Inc.'],
  JP: ['K.K.'],
  CH: ['AG'],
};

const SIMPLE = FIRST_WORDS.length * TRADES.length;
const LONG = SIMPLE * FIELDS.length;
/** Has no factor in common with either count, so that the walk below visits every name once. */
const STRIDE = 7919;

export interface CompanyName {
  /** Without the legal form. Example: `Alder Robotics`. No other index of the same world has it. */
  readonly base: string;
  readonly industry: string;
}

export function companyName(index: number, seed: number): CompanyName {
  const plain = index < SIMPLE;
  const count = plain ? SIMPLE : LONG;
  const place = ((plain ? index : (index - SIMPLE) % LONG) * STRIDE + (seed >>> 0) * 31) % count;
  const first = FIRST_WORDS[place % FIRST_WORDS.length];
  const trade = TRADES[Math.floor(place / FIRST_WORDS.length) % TRADES.length] ?? '';
  const field = plain ? '' : `${FIELDS[Math.floor(place / SIMPLE)]} `;
  const round = plain ? 0 : Math.floor((index - SIMPLE) / LONG);
  return {
    base: `${first} ${field}${trade}${round === 0 ? '' : ` ${round + 1}`}`,
    industry: INDUSTRY_OF.get(trade) ?? 'MANUFACTURING',
  };
}

export const legalForm = (country: string, random: Random): string => random.pick(SUFFIX[country] ?? ['Ltd']);

/** The reserved top-level domain of RFC 2606: no mail ever leaves. */
export const domainOf = (base: string): string => `${base.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.example`;

const FIRST_NAMES =
  'Ada Amelie Anna Ben Carla Chloe Daniel David Elena Emma Erik Felix Hana Hugo Ines Jonas Julia Kenji Lara Lea Leo Louis Lucas Marta Max Mia Nina Noah Olga Oliver Paul Priya Rosa Sam Sara Sofia Tariq Tom Yuki Zoe'.split(
    ' ',
  );
const LAST_NAMES =
  'Adams Bauer Becker Bernard Brown Carter Clark Costa Dubois Evans Fischer Fournier Garcia Girard Hall Hoffmann Hughes Ito Jansen Keller Khan Klein Kobayashi Lambert Lefevre Lewis Martin Mayer Meyer Moreau Nakamura Novak Patel Peters Petit Richter Roberts Rossi Sato Schmidt Schulz Silva Simon Suzuki Tanaka Taylor Thomas Turner Vogel Wagner Walker Weber White Wolf Wood Wright Young Zimmer'.split(
    ' ',
  );

export function personName(random: Random): { firstName: string; lastName: string } {
  return {
    firstName: FIRST_NAMES[random.int(0, FIRST_NAMES.length - 1)] ?? 'Ada',
    lastName: LAST_NAMES[random.int(0, LAST_NAMES.length - 1)] ?? 'Adams',
  };
}
