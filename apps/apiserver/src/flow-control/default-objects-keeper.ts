import {
  type ApiObject,
  applyDefaults,
  deepEqual,
  type FlowSchema,
  type FlowSchemaCondition,
  type PriorityLevelConfiguration,
  type ResourceInfo,
  type ResourceTable,
  storagePrefix,
} from '@orrery/api';
import { formatTime, type Host } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { SystemWriter } from '../registry/system-writer.ts';
import { type DefaultObject, defaultFlowSchemas, defaultPriorityLevels } from './default-objects.ts';

/** How often the objects are looked at; what a user deletes comes back this much later at most. */
const periodMs = 10_000;
/** Not at once: a server that starts has more pressing things to write. */
const firstConditionsMs = 1_000;
const autoUpdate = 'apf.kubernetes.io/autoupdate-spec';
const group = 'flowcontrol.apiserver.k8s.io';

type FlowObject = FlowSchema | PriorityLevelConfiguration;

/**
 * Makes the objects that flow control begins with, restores what is mandatory, keeps suggested ones up to date unless their annotation says no, and tells
 * of schemas whose level does not exist. Safe to run again and by several API servers at once.
 */
export class DefaultObjectsKeeper {
  private stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly table: ResourceTable,
    private readonly cache: ObjectCache,
    private readonly writer: SystemWriter,
    private readonly host: Pick<Host, 'clock' | 'timers' | 'logger'>,
  ) {}

  /** True when all objects have been there once. */
  ready = false;

  start(): void {
    this.running ??= this.run(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let round = 0; !signal.aborted; round += 1) {
      try {
        await this.keepDefaults(signal);
        this.ready = true;
        if (round > 0) await this.keepConditions(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.host.logger.warn('flow control objects could not be kept', { error });
      }
      await this.host.timers.sleep(round === 0 ? firstConditionsMs : periodMs, signal).catch(() => undefined);
    }
  }

  private async keepDefaults(signal: AbortSignal): Promise<void> {
    await this.keepAll(this.row('prioritylevelconfigurations'), defaultPriorityLevels, signal);
    await this.keepAll(this.row('flowschemas'), defaultFlowSchemas, signal);
  }

  private async keepAll<Spec extends object>(
    info: ResourceInfo,
    defaults: readonly DefaultObject<Spec>[],
    signal: AbortSignal,
  ): Promise<void> {
    const stored = new Map(this.objects(info).map((object) => [object.metadata.name, object]));
    const missing = defaults.filter(({ name }) => !stored.has(name));
    await Promise.all(missing.map((wanted) => this.writer.ensure(info, newObject(wanted))));
    for (const wanted of defaults) {
      if (signal.aborted) return;
      const existing = stored.get(wanted.name);
      if (existing !== undefined) await this.restore(info, wanted, existing);
    }
  }

  private async restore<Spec extends object>(
    info: ResourceInfo,
    wanted: DefaultObject<Spec>,
    existing: ApiObject,
  ): Promise<void> {
    if (!wanted.mandatory && !isAutoUpdated(existing)) return;
    const full = structuredClone({ ...existing, spec: wanted.spec }) as unknown as ApiObject & FlowObject;
    applyDefaults(info, full);
    if (deepEqual(full.spec, (existing as unknown as FlowObject).spec)) return;
    await this.writer.modify(info, '', wanted.name, '', ({ object }) => ({ ...object, spec: full.spec }) as ApiObject);
    this.host.logger.info('flow control object restored', { kind: info.kind, name: wanted.name });
  }

  private async keepConditions(signal: AbortSignal): Promise<void> {
    const levels = new Set(this.objects(this.row('prioritylevelconfigurations')).map(({ metadata }) => metadata.name));
    const info = this.row('flowschemas');
    for (const object of this.objects(info)) {
      if (signal.aborted) return;
      const schema = object as unknown as FlowSchema;
      const wanted = danglingCondition(schema, levels);
      if (hasCondition(schema, wanted)) continue;
      const lastTransitionTime = formatTime(this.host.clock.now());
      await this.writer.modify(info, '', schema.metadata.name, 'status', ({ object: current }) =>
        withCondition(current, { ...wanted, lastTransitionTime }),
      );
    }
  }

  private objects(info: ResourceInfo): ApiObject[] {
    const part = this.cache.resource(info.storage.group, info.storage.resource);
    return part.range(storagePrefix(info, '')).map(({ object }) => object);
  }

  private row(resource: string): ResourceInfo {
    return this.table.mustFind({ group, version: 'v1', resource });
  }
}

function newObject<Spec extends object>({ name, spec }: DefaultObject<Spec>) {
  return { metadata: { name, annotations: { [autoUpdate]: 'true' } }, spec };
}

/** Without the annotation, whoever has changed the spec wants to keep it. */
function isAutoUpdated({ metadata }: ApiObject): boolean {
  const says = metadata.annotations?.[autoUpdate];
  if (says === 'true') return true;
  return says === undefined && metadata.generation === 1;
}

function danglingCondition({ spec }: FlowSchema, levels: ReadonlySet<string>): FlowSchemaCondition {
  const { name } = spec.priorityLevelConfiguration;
  const subject = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(name)}`;
  return levels.has(name)
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `${subject} and it exists` }
    : { type: 'Dangling', status: 'True', reason: 'NotFound', message: `${subject} but there is no such object` };
}

function hasCondition({ status }: FlowSchema, wanted: FlowSchemaCondition): boolean {
  const found = status?.conditions?.find(({ type }) => type === wanted.type);
  return found?.status === wanted.status && found?.reason === wanted.reason && found?.message === wanted.message;
}

function withCondition(object: ApiObject, condition: FlowSchemaCondition): ApiObject {
  const { status } = object as unknown as FlowSchema;
  const others = (status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  return { ...object, status: { ...status, conditions: [...others, condition] } } as ApiObject;
}
