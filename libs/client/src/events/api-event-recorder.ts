import {
  type ApiObject,
  Event,
  isAlreadyExists,
  isForbidden,
  isInvalid,
  isNotFound,
  type ObjectReference,
} from '@orrery/api';
import type { Host, Logger } from '@orrery/runtime';
import type { ApiClient } from '../api/api-client.ts';
import { EventCorrelator, type EventWrite, type Observation } from './event-correlator.ts';
import type { EventRecorder, EventType } from './event-recorder.ts';

const queueMax = 1000;

export interface EventRecorderOptions {
  /** Who reports: `deployment-controller`, `kubelet`. */
  readonly component: string;
  /** The node, for reporters on nodes. */
  readonly hostName?: string;
}

/** Sends events through the API, one at a time in the background. At most 1,000 wait; beyond that new ones are dropped. */
export class ApiEventRecorder implements EventRecorder {
  private readonly correlator: EventCorrelator;
  private readonly logger: Logger;
  private readonly queue: Observation[] = [];
  private sending: Promise<void> | undefined;

  constructor(
    private readonly api: ApiClient,
    private readonly host: Host,
    options: EventRecorderOptions,
  ) {
    this.correlator = new EventCorrelator(options.component, options.hostName);
    this.logger = host.logger.child({ component: options.component });
  }

  event(object: ApiObject, type: EventType, reason: string, message: string): void {
    this.eventFor(referenceTo(object), type, reason, message);
  }

  /** Like `event`, for a part of an object: a container's `fieldPath`. */
  eventFor(object: ObjectReference, type: EventType, reason: string, message: string): void {
    if (this.queue.length >= queueMax) {
      this.logger.warn('event dropped', { reason, object: object.name });
      return;
    }
    this.queue.push({ object, type, reason, message, at: this.host.clock.now() });
    this.sending ??= this.sendAll();
  }

  /** Resolves when what was recorded so far has been sent or given up. */
  async flush(): Promise<void> {
    await this.sending;
  }

  private async sendAll(): Promise<void> {
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      const write = this.correlator.correlate(next);
      if (write !== undefined) await this.send(write);
    }
    this.sending = undefined;
  }

  private async send(write: EventWrite): Promise<void> {
    const { namespace = '', name = '' } = write.event.metadata;
    try {
      if (write.write === 'create') await this.api.create(Event, write.event);
      else await this.patch(write, { namespace, name });
    } catch (error) {
      if (isAlreadyExists(error)) return;
      this.correlator.forget(write.id);
      const expected = isForbidden(error) || isNotFound(error) || isInvalid(error);
      this.logger[expected ? 'debug' : 'warn']('event not stored', { error, reason: write.event.reason });
    }
  }

  /** The event may have run out meanwhile; then it starts anew. */
  private async patch(write: EventWrite & { write: 'patch' }, key: { namespace: string; name: string }): Promise<void> {
    try {
      await this.api.patch(Event, key, { type: 'strategic', body: write.body });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.api.create(Event, write.event);
    }
  }
}

/** What an event says of the object that it is about. */
export function referenceTo(object: ApiObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    kind: object.kind,
    ...(namespace && { namespace }),
    name,
    uid,
    apiVersion: object.apiVersion,
    resourceVersion,
  };
}
