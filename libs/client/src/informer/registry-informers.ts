import type { ApiObject, ResourceType } from '@orrery/api';
import { invariant } from '@orrery/runtime';
import type { Informer, InformerOptions, Informers } from './informer.ts';
import { type InformerContext, RegistryInformer } from './registry-informer.ts';

/** Informers for one process. Nothing runs before `start`; informers that are asked for later run after the next `start`. */
export function createInformers(context: InformerContext): Informers {
  return new RegistryInformers(context);
}

class RegistryInformers implements Informers {
  private readonly informers = new Map<string, { start(): Promise<void>; stop(): Promise<void> }>();
  private stopped = false;

  constructor(private readonly context: InformerContext) {}

  for<T extends ApiObject>(type: ResourceType<T>, options: InformerOptions<T> = {}): Informer<T> {
    const { fieldSelector = '', namespace = '', route = '*' } = options;
    const id = [type.group, type.version, type.resource, namespace, fieldSelector, route].join('|');
    const existing = this.informers.get(id) as RegistryInformer<T> | undefined;
    if (existing !== undefined) {
      existing.addIndexes(options);
      return existing;
    }
    const informer = new RegistryInformer(type, options, this.context);
    this.informers.set(id, informer);
    return informer;
  }

  async start(): Promise<void> {
    invariant(!this.stopped, 'informers do not start again after they were stopped');
    await Promise.all([...this.informers.values()].map((informer) => informer.start()));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.informers.values()].map((informer) => informer.stop()));
  }
}
