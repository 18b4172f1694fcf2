import type { MutatingWebhook, ResourceInfo, ValidatingWebhook } from '@orrery/api';
import type { AdmissionAttributes } from '../admission.ts';
import type { GroupVersionKind } from './admission-kind.ts';

/** One webhook of one configuration. */
export interface ConfiguredWebhook<Webhook extends MutatingWebhook | ValidatingWebhook> {
  /** The name of the configuration. */
  readonly configuration: string;
  /** Unlike the webhook's name unique: upstream allows several of one name. */
  readonly id: string;
  readonly webhook: Webhook;
}

export type AnyWebhook = ConfiguredWebhook<MutatingWebhook | ValidatingWebhook>;

/** A request that a webhook is to be asked about, in the version that its rules have matched. */
export interface Invocation {
  readonly attributes: AdmissionAttributes;
  /** The resource in the version that is sent. */
  readonly row: ResourceInfo;
  readonly kind: GroupVersionKind;
  readonly requestKind: GroupVersionKind;
}
