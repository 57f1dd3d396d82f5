import { z } from 'zod';
import { HubError } from '../../../../platform/errors.ts';
import type { CrmPort } from '../../port.ts';
import { read } from './failures.ts';
import type { Session } from './session.ts';
import { checkId } from './soql.ts';
import { noteKey } from './write.ts';

const Owned = z.object({ OwnerId: z.string().regex(/^005[A-Za-z0-9]{15}$/) });

/**
 * Tasks for people: Object Reference v66.0, "Task". A task belongs to whoever owns the account; `Hub_Key__c` is unique, so that a
 * repetition is refused and one of them is there.
 */
export function createTasks(session: Session): Pick<CrmPort, 'openTask' | 'withdrawTask'> {
  return {
    async openTask({ accountId, subject, text, dueOn, urgent }, call) {
      checkId('Account', accountId);
      const path = `/sobjects/Account/${encodeURIComponent(accountId)}?fields=OwnerId`;
      const { OwnerId } = read(Owned, await session.send({ method: 'GET', path }, call), 'Account');
      const task = {
        WhatId: accountId,
        OwnerId,
        Subject: subject.slice(0, 255),
        Description: text.slice(0, 32_000),
        Status: 'Not Started',
        Priority: urgent ? 'High' : 'Normal',
        ActivityDate: dueOn,
        Hub_Key__c: noteKey(call),
      };
      try {
        await session.send({ method: 'POST', path: '/sobjects/Task', body: task, write: true }, call);
      } catch (error) {
        if ((error as Partial<HubError>).reason !== 'DUPLICATE_VALUE') throw error; // it was opened already
      }
    },

    async withdrawTask({ accountId }, call) {
      checkId('Account', accountId);
      const path = `/sobjects/Task/Hub_Key__c/${encodeURIComponent(noteKey(call))}`;
      try {
        await session.send({ method: 'DELETE', path, write: true }, call);
      } catch (error) {
        if (!(error instanceof HubError) || error.code !== 'NOT_FOUND') throw error;
      }
    },
  };
}
