import type { ApiObject, ResourceInfo } from '@orrery/api';
import type { UserInfo } from '../authentication/user-info.ts';

/** What admission is asked about. `object` may be changed by `admit`, and by nobody else. */
export interface AdmissionAttributes {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  /** The stored version of the resource. */
  readonly info: ResourceInfo;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: ApiObject | undefined;
  readonly old: ApiObject | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
}

/** One rule of admission. Both steps refuse by throwing an `ApiError`; an update may be admitted more than once when it is retried. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Changes the object, before validation. */
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  /** Looks at the final object, after validation. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

/** All plugins in their order. */
export class AdmissionChain {
  constructor(private readonly plugins: readonly AdmissionPlugin[]) {}

  async admit(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.plugins) await plugin.admit?.(attributes);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    for (const plugin of this.plugins) await plugin.validate?.(attributes);
  }
}
