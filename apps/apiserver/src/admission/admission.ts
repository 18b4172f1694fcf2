import type { ApiObject, ResourceInfo } from '@orrery/api';
import type { UserInfo } from '../authentication/user-info.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import { Reinvocation } from './reinvocation.ts';
import { admissionView, takeBackView } from './scale-view.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** What admission is asked about. */
export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  /** The resource in the version of the request's path. */
  readonly requested: ResourceInfo;
  /** The stored version of the resource, which `object` and `old` are in. */
  readonly info: ResourceInfo;
  /** `''` for the object itself. */
  readonly subresource: string;
  /** `''` for cluster-scoped objects. */
  readonly namespace: string;
  /** `''` where the name is still to be generated. */
  readonly name: string;
  /** The object to be; with CONNECT the options of the connection; nothing with DELETE. Changed in place by `admit`, and by nobody else. */
  readonly object: ApiObject | undefined;
  /** The object as it stands; nothing with CREATE and CONNECT. Never changed. */
  readonly old: ApiObject | undefined;
  /** `CreateOptions`, `UpdateOptions`, `PatchOptions` or `DeleteOptions` of the request. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Aborts when the client is gone. */
  readonly signal?: AbortSignal;
  /** Adds a `Warning` header to the answer; a text that is there already is not repeated. */
  warn(text: string): void;
  /** Adds to the annotations of the request's audit event. */
  annotate(key: string, value: string): void;
}

/** One rule of admission. Both steps refuse by throwing an `ApiError`; an update may be admitted more than once when it is retried. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Changes the object, before validation; a second time where a later plugin has asked for it. */
  admit?(attributes: AdmissionAttributes, reinvocation: Reinvocation): void | Promise<void>;
  /** Looks at the final object, after validation. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

/** All plugins in their order. Waits only for those that have something to wait for: most have nothing to do with most objects. */
export class AdmissionChain {
  private readonly mutating: readonly Mutating[];
  private readonly validating: readonly Validating[];

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.mutating = plugins.filter((plugin): plugin is Mutating => plugin.admit !== undefined);
    this.validating = plugins.filter((plugin): plugin is Validating => plugin.validate !== undefined);
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const reinvocation = new Reinvocation();
    const view = admissionView(attributes);
    do {
      for (const plugin of this.mutating) {
        const done = plugin.admit(view, reinvocation);
        if (done !== undefined) await done;
      }
    } while (reinvocation.begin());
    takeBackView(attributes, view);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const view = admissionView(attributes);
    for (const plugin of this.validating) {
      const done = plugin.validate(view);
      if (done !== undefined) await done;
    }
  }
}

type Mutating = AdmissionPlugin & Required<Pick<AdmissionPlugin, 'admit'>>;
type Validating = AdmissionPlugin & Required<Pick<AdmissionPlugin, 'validate'>>;

/** What the request itself says about its admission; the operation says the rest. */
export function attributesOf(
  context: ResourceContext,
  dryRun: boolean,
): Omit<AdmissionAttributes, 'operation' | 'object' | 'old' | 'options'> {
  const { info, stored, target, user, notes, request } = context;
  return {
    requested: info,
    info: stored,
    subresource: target.subresource,
    namespace: target.namespace,
    name: target.name,
    user,
    dryRun,
    signal: request.signal,
    warn: (text) => notes.warn(text),
    annotate: (key, value) => notes.annotate(key, value),
  };
}
