import type { ApiObject, Pod } from '@orrery/api';
import { type ApiEventRecorder, type EventRecorder, type EventType, referenceTo } from '@orrery/client';

/** Tells what happens to a node's pods, and to single containers of them. */
export class PodEvents implements EventRecorder {
  constructor(private readonly recorder: Pick<ApiEventRecorder, 'event' | 'eventFor'>) {}

  event(object: ApiObject, type: EventType, reason: string, message: string): void {
    this.recorder.event(object, type, reason, message);
  }

  /** The event names the container in its `fieldPath`, as upstream's do. */
  containerEvent(pod: Pod, container: string, type: EventType, reason: string, message: string): void {
    const isInit = pod.spec.initContainers?.some(({ name }) => name === container) ?? false;
    const fieldPath = `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`;
    this.recorder.eventFor({ ...referenceTo(pod), fieldPath }, type, reason, message);
  }
}
