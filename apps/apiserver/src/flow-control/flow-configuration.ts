import {
  apiVersionOf,
  type FlowSchema,
  type PriorityLevelConfiguration,
  type ResourceInfo,
  type ResourceTable,
  storagePrefix,
} from '@orrery/api';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { CacheListener } from '../cache/resource-cache.ts';
import { type DefaultObject, defaultFlowSchemas, defaultPriorityLevels } from './default-objects.ts';

/** The objects that steer flow control, as they stand. */
export interface FlowConfigurationState {
  /** Only those whose level exists. */
  readonly schemas: readonly FlowSchema[];
  readonly levels: readonly PriorityLevelConfiguration[];
}

const group = 'flowcontrol.apiserver.k8s.io';
const kinds = { flowschemas: 'FlowSchema', prioritylevelconfigurations: 'PriorityLevelConfiguration' } as const;

/** Follows the objects of flow control in the cache. What is mandatory is in effect even where its object is missing or was changed. */
export class FlowConfiguration implements CacheListener {
  private known: FlowConfigurationState | undefined;
  private listening = false;

  constructor(
    private readonly table: ResourceTable,
    private readonly cache: ObjectCache,
  ) {}

  start(): void {
    this.listening = true;
    this.known = undefined;
    for (const info of this.resources()) this.part(info).listen(this);
  }

  stop(): void {
    this.listening = false;
    for (const info of this.resources()) this.part(info).unlisten(this);
  }

  /** The same object again until something changes. */
  get state(): FlowConfigurationState {
    this.known ??= this.read();
    return this.known;
  }

  onEvent(): void {
    this.known = undefined;
  }

  /** The cache forgets its listeners when it starts over. */
  onReset(): void {
    this.known = undefined;
    if (this.listening) for (const info of this.resources()) this.part(info).listen(this);
  }

  private read(): FlowConfigurationState {
    const [schemaInfo, levelInfo] = this.resources();
    const levels = this.effective<PriorityLevelConfiguration>(levelInfo, defaultPriorityLevels);
    const names = new Set(levels.map(({ metadata }) => metadata.name));
    const schemas = this.effective<FlowSchema>(schemaInfo, defaultFlowSchemas);
    return { levels, schemas: schemas.filter(({ spec }) => names.has(spec.priorityLevelConfiguration.name)) };
  }

  /** What is stored, but for mandatory specs; before anything is stored all defaults. */
  private effective<T extends FlowSchema | PriorityLevelConfiguration>(
    info: ResourceInfo,
    defaults: readonly DefaultObject<T['spec']>[],
  ): T[] {
    const stored = this.part(info)
      .range(storagePrefix(info, ''))
      .map(({ object }) => object as unknown as T);
    const found = new Map(stored.map((object) => [object.metadata.name, object]));
    for (const { name, mandatory, spec } of defaults) {
      const existing = found.get(name);
      if (!mandatory && stored.length > 0) continue;
      const metadata = existing?.metadata ?? { name };
      found.set(name, { kind: info.kind, apiVersion: apiVersionOf(info), metadata, spec, status: {} } as unknown as T);
    }
    return [...found.values()];
  }

  private part({ storage }: ResourceInfo) {
    return this.cache.resource(storage.group, storage.resource);
  }

  private resources(): [ResourceInfo, ResourceInfo] {
    return [this.row('flowschemas'), this.row('prioritylevelconfigurations')];
  }

  private row(resource: keyof typeof kinds): ResourceInfo {
    return this.table.mustFind({ group, version: 'v1', resource });
  }
}
