import { describe, test } from 'node:test';
import { systemClock } from '../../../platform/clock.ts';
import { readRtConfig } from '../../../subgraphs/support/connectors/request-tracker/config.ts';
import { createRequestTrackerSupport } from '../../../subgraphs/support/connectors/request-tracker/connector.ts';
import { supportContract } from '../../contract/support.ts';
import { groundOfRt, seededOrgs } from './ground.ts';

const ground = groundOfRt();

if (ground.skip) test('support contract: Request Tracker', { skip: ground.skip });
else
  describe('against the real server', () => {
    supportContract('Request Tracker 5.0', async () => {
      const env = await ground.start();
      // The seed gives a customer two tickets at most; these are of one second, or nearly.
      await Promise.all(['Pump hums', 'Pump drips', 'Pump stops'].map((subject) => ground.open('C-1001', subject)));
      const port = createRequestTrackerSupport(readRtConfig(env), { clock: systemClock });
      return {
        port,
        orgs: seededOrgs(),
        otherTier: 'PREMIUM',
        skus: ['SUB-CARE', 'SUB-CLOUD'],
        close: async () => {
          await port.close();
          await ground.stop();
        },
      };
    });
  });
