import type { ApiObject, Status } from '@orrery/api';
import type { UserInfo } from '../../authentication/user-info.ts';
import { isRecord } from '../../registry/json-object.ts';
import type { AdmissionAttributes } from '../admission.ts';
import { namespaceOf } from '../matching/request-matcher.ts';
import type { GroupVersionKind } from './admission-kind.ts';
import type { Invocation } from './webhook.ts';

export type ReviewVersion = 'v1' | 'v1beta1';

const reviewGroup = 'admission.k8s.io';

/** The first version that webhook and server both speak; `undefined`: there is none. */
export function reviewVersionOf(accepted: readonly string[]): ReviewVersion | undefined {
  return accepted.find((version): version is ReviewVersion => version === 'v1' || version === 'v1beta1');
}

/** The object and the old object of a request in the version that a webhook has asked for. */
export interface ReviewedObjects {
  readonly object: ApiObject | undefined;
  readonly old: ApiObject | undefined;
}

/** The `AdmissionReview` that is sent. */
export function admissionReview(
  version: ReviewVersion,
  uid: string,
  { attributes, requestKind, kind, row }: Invocation,
  { object, old }: ReviewedObjects,
): object {
  const { requested, subresource, operation, user, dryRun, options } = attributes;
  const namespace = namespaceOf(attributes);
  return {
    kind: 'AdmissionReview',
    apiVersion: `${reviewGroup}/${version}`,
    request: {
      uid,
      kind: kindFields(kind),
      resource: { group: row.group, version: row.version, resource: row.resource },
      ...(subresource !== '' && { subResource: subresource }),
      requestKind: kindFields(requestKind),
      requestResource: { group: requested.group, version: requested.version, resource: requested.resource },
      ...(subresource !== '' && { requestSubResource: subresource }),
      ...nameFields(attributes),
      ...(namespace !== '' && { namespace }),
      operation,
      userInfo: userFields(user),
      object: object ?? null,
      oldObject: old ?? null,
      dryRun,
      options: operation === 'CONNECT' ? null : options,
    },
  };
}

/** Once it is generated, the name is told. */
function nameFields({ name, object, operation }: AdmissionAttributes): { name?: string } {
  const known = name !== '' || operation === 'CONNECT' ? name : (object?.metadata?.name ?? '');
  return known === '' ? {} : { name: known };
}

function kindFields({ group, version, kind }: GroupVersionKind): GroupVersionKind {
  return { group, version, kind };
}

function userFields({ name, uid, groups, extra }: UserInfo): object {
  return {
    username: name,
    ...(uid !== undefined && uid !== '' && { uid }),
    ...(groups.length > 0 && { groups }),
    ...(extra !== undefined && Object.keys(extra).length > 0 && { extra }),
  };
}

/** What a webhook has answered, checked. */
export interface AdmissionAnswer {
  readonly allowed: boolean;
  /** Why it is not allowed, as far as the webhook says. */
  readonly result: Partial<Status> | undefined;
  /** RFC 6902, decoded from base64 and not yet looked at; `undefined`: none. */
  readonly patch: string | undefined;
  readonly patchType: string;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** An answer that is no answer. The message is upstream's. */
export class InvalidAnswerError extends Error {
  override readonly name = 'InvalidAnswerError';
}

/** Reads the review that a webhook has sent back. Throws `InvalidAnswerError`. */
export function readAnswer(
  review: Readonly<Record<string, unknown>>,
  version: ReviewVersion,
  uid: string,
  mutating: boolean,
): AdmissionAnswer {
  const { response } = review;
  if (!isRecord(response)) throw new InvalidAnswerError('webhook response was absent');
  if (version === 'v1') checkIdentity(review, response, uid);
  const patch = typeof response.patch === 'string' && response.patch !== '' ? response.patch : undefined;
  const patchType = typeof response.patchType === 'string' ? response.patchType : undefined;
  if (version === 'v1') checkPatch(patch, patchType, mutating);
  return {
    allowed: response.allowed === true,
    result: isRecord(response.status) ? (response.status as Partial<Status>) : undefined,
    patch: mutating && patch !== undefined ? Buffer.from(patch, 'base64').toString('utf8') : undefined,
    patchType: patchType ?? 'JSONPatch',
    warnings: Array.isArray(response.warnings) ? response.warnings.map(String) : [],
    auditAnnotations: isRecord(response.auditAnnotations) ? stringsOf(response.auditAnnotations) : {},
  };
}

function checkIdentity(review: Readonly<Record<string, unknown>>, response: Record<string, unknown>, uid: string) {
  const got = String(response.uid ?? '');
  if (got !== uid) {
    throw new InvalidAnswerError(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(got)}`);
  }
  const { apiVersion = '', kind = '' } = review;
  if (apiVersion === `${reviewGroup}/v1` && kind === 'AdmissionReview') return;
  const expected = `${reviewGroup}/v1, Kind=AdmissionReview`;
  const said = String(apiVersion).includes('/') ? String(apiVersion) : `/${apiVersion}`;
  throw new InvalidAnswerError(`expected webhook response of ${expected}, got ${said}, Kind=${kind}`);
}

function checkPatch(patch: string | undefined, patchType: string | undefined, mutating: boolean): void {
  if (!mutating) {
    if (patch !== undefined) throw new InvalidAnswerError('validating webhook may not return response.patch');
    if (patchType !== undefined) throw new InvalidAnswerError('validating webhook may not return response.patchType');
    return;
  }
  if (patch !== undefined && patchType === undefined) {
    throw new InvalidAnswerError('webhook returned response.patch but not response.patchType');
  }
  if (patch === undefined && patchType !== undefined) {
    throw new InvalidAnswerError('webhook returned response.patchType but not response.patch');
  }
  if (patchType === '') throw new InvalidAnswerError('webhook returned invalid response.patchType of ""');
}

function stringsOf(record: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, String(value)]));
}

/** The operations of a patch; empty where there is nothing to do. Throws a `SyntaxError` where it is no JSON. */
export function patchOperations(patch: string): readonly unknown[] {
  const operations: unknown = JSON.parse(patch);
  return Array.isArray(operations) ? operations : [operations];
}
