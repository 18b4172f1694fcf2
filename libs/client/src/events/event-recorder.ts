import type { ApiObject } from '@orrery/api';

export type EventType = 'Normal' | 'Warning';

/** Tells users what happened to an object. Never blocks and never fails: events are lost rather than work. */
export interface EventRecorder {
  /**
   * `reason` is a short CamelCase word, `message` a sentence for people. An event that repeats raises the count of the one that
   * is there.
   */
  event(object: ApiObject, type: EventType, reason: string, message: string): void;
}
