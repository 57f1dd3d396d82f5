import type { Random } from './random.ts';
import type { WorldCustomer } from './world.ts';

type City = readonly [city: string, region: string | null, postalCode: string];

const CITIES: Readonly<Record<string, readonly [City, ...City[]]>> = {
  DE: [
    ['Berlin', 'BE', '10117'],
    ['Hamburg', 'HH', '20095'],
    ['München', 'BY', '80331'],
    ['Köln', 'NW', '50667'],
    ['Stuttgart', 'BW', '70173'],
    ['Leipzig', 'SN', '04109'],
  ],
  AT: [
    ['Wien', null, '1010'],
    ['Graz', null, '8010'],
    ['Linz', null, '4020'],
  ],
  NL: [
    ['Amsterdam', null, '1012 JS'],
    ['Eindhoven', null, '5611 AZ'],
    ['Utrecht', null, '3511 LN'],
  ],
  CH: [
    ['Zürich', 'ZH', '8001'],
    ['Basel', 'BS', '4051'],
  ],
  FR: [
    ['Paris', null, '75009'],
    ['Lyon', null, '69002'],
    ['Nantes', null, '44000'],
    ['Toulouse', null, '31000'],
  ],
  BE: [
    ['Bruxelles', null, '1000'],
    ['Liège', null, '4000'],
  ],
  GB: [
    ['London', null, 'EC2A 4NE'],
    ['Manchester', null, 'M2 5DB'],
    ['Bristol', null, 'BS1 4ST'],
    ['Leeds', null, 'LS1 5ES'],
  ],
  IE: [
    ['Dublin', null, 'D02 X285'],
    ['Cork', null, 'T12 W8YR'],
  ],
  US: [
    ['Austin', 'TX', '78701'],
    ['Boston', 'MA', '02110'],
    ['Chicago', 'IL', '60606'],
    ['Denver', 'CO', '80202'],
    ['Portland', 'OR', '97204'],
    ['Atlanta', 'GA', '30303'],
  ],
  CA: [
    ['Toronto', 'ON', 'M5H 2N2'],
    ['Montréal', 'QC', 'H2Y 1C6'],
  ],
  JP: [
    ['Osaka', 'Osaka', '530-0001'],
    ['Tokyo', 'Tokyo', '100-0005'],
    ['Nagoya', 'Aichi', '450-0002'],
  ],
};

const STREETS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  DE: ['Hafenstraße', 'Lindenallee', 'Industriestraße', 'Am Markt', 'Gartenweg'],
  FR: ['rue de la Gare', 'avenue Victor Hugo', 'quai des Docks', 'rue du Moulin'],
  JP: ['Chuo', 'Minato', 'Nakamachi'],
  EN: ['Harbour Road', 'Mill Lane', 'Station Street', 'Park Avenue', 'Foundry Way', 'Church Street'],
};
const STREET_STYLE: Readonly<Record<string, string>> = { DE: 'DE', AT: 'DE', CH: 'DE', FR: 'FR', BE: 'FR', JP: 'JP' };

export const COUNTRY_NAME: Readonly<Record<string, string>> = {
  US: 'USA',
  DE: 'Deutschland',
  GB: 'UK',
  FR: 'France',
  JP: 'Japan',
};

/** Where each legal entity's customers sit: mostly at home, some next door. */
const COUNTRIES: Readonly<Record<string, readonly [readonly [string, number], ...(readonly [string, number])[]]>> = {
  US: [
    ['US', 88],
    ['CA', 12],
  ],
  DE: [
    ['DE', 76],
    ['AT', 14],
    ['NL', 10],
  ],
  GB: [
    ['GB', 88],
    ['IE', 12],
  ],
  FR: [
    ['FR', 84],
    ['BE', 16],
  ],
  JP: [['JP', 1]],
};

export const countryFor = (entityCountry: string, random: Random): string =>
  random.weighted(COUNTRIES[entityCountry] ?? [[entityCountry, 1]]);

export function address(country: string, random: Random): WorldCustomer['address'] {
  const [city, region, postalCode] = random.pick(CITIES[country] ?? [['London', null, 'EC2A 4NE']]);
  const style = STREET_STYLE[country] ?? 'EN';
  const street = random.pick(STREETS[style] ?? ['Mill Lane']);
  const number = random.int(1, 180);
  return { line1: style === 'DE' ? `${street} ${number}` : `${number} ${street}`, city, region, postalCode, country };
}

const DIAL: Readonly<Record<string, string>> = {
  US: '+1',
  CA: '+1',
  DE: '+49',
  AT: '+43',
  NL: '+31',
  CH: '+41',
  FR: '+33',
  BE: '+32',
  GB: '+44',
  IE: '+353',
  JP: '+81',
};

/** With 555 in it: in no numbering plan of these countries a subscriber's line. */
export const phone = (country: string, random: Random): string =>
  `${DIAL[country] ?? '+44'} ${random.int(20, 89)} 555 ${String(random.int(0, 9999)).padStart(4, '0')}`;

const digits = (random: Random, count: number): string => {
  let text = String(random.int(1, 9));
  while (text.length < count) text += String(random.int(0, 9));
  return text;
};

/** Right in form, not in check digits: no register knows it. */
export function taxId(country: string, random: Random): string {
  switch (country) {
    case 'US':
      return `${digits(random, 2)}-${digits(random, 7)}`;
    case 'JP':
      return `T${digits(random, 13)}`;
    case 'FR':
      return `FR${digits(random, 11)}`;
    case 'AT':
      return `ATU${digits(random, 8)}`;
    case 'NL':
      return `NL${digits(random, 9)}B01`;
    case 'CH':
      return `CHE-${digits(random, 9)}`;
    case 'BE':
      return `BE0${digits(random, 9)}`;
    default:
      return `${country}${digits(random, 9)}`;
  }
}
