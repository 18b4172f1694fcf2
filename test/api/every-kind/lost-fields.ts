import { type ApiObject, deepEqual, type FieldType, Quantity, type ResourceInfo, TypeSchemas } from '@orrery/api';
import { parseTime } from '@orrery/runtime';

const schemas = TypeSchemas.builtIn();

/** What only the server says of an object. */
const serverMetadata = [
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  // Each owner is kept once.
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
];

/** What strategies clear or replace on creation, by resource. */
const resetOnCreate: Readonly<Record<string, readonly string[]>> = {
  '/nodes': ['spec.configSource', 'status.config'],
  // Only some kinds of sources are kept.
  '/persistentvolumeclaims': ['spec.dataSource'],
  '/secrets': ['stringData'],
  // Without an affinity to clients it means nothing.
  '/services': ['spec.sessionAffinityConfig'],
  'certificates.k8s.io/certificatesigningrequests': ['spec.extra', 'spec.groups', 'spec.uid', 'spec.username'],
};

/** A field that did not come back as it was sent. */
export interface LostField {
  readonly path: string;
  readonly sent: unknown;
  readonly stored: unknown;
}

/** Numbers that have a default and for which 0 is the same as none. */
const defaultedZeros: ReadonlySet<string> = new Set([
  'count',
  'failureThreshold',
  'matchingPrecedence',
  'periodSeconds',
  'successThreshold',
  'targetPort',
  'timeoutSeconds',
]);

/**
 * What was sent and is not there any more. Unknown fields are not meant, nor empty values, which are the same as none; a list may
 * have got more items than were sent.
 */
export function lostFields(info: ResourceInfo, sent: ApiObject, stored: ApiObject): LostField[] {
  const reset = [
    'apiVersion',
    'kind',
    ...serverMetadata.map((name) => `metadata.${name}`),
    ...(info.namespaced ? [] : ['metadata.namespace']),
    ...(info.subresources.some(({ name }) => name === 'status') ? ['status'] : []),
    ...(resetOnCreate[`${info.group}/${info.resource}`] ?? []),
    ...Object.keys((sent as { stringData?: object }).stringData ?? {}).map((key) => `data.${key}`),
  ];
  const isReset = (path: string) =>
    reset.some((part) => path === part || (/^[.[]/.test(path.slice(part.length)) && path.startsWith(part)));
  return lost({ kind: 'object', typeName: info.typeName }, sent, stored, '').filter(({ path }) => !isReset(path));
}

function lost(type: FieldType, sent: unknown, stored: unknown, path: string): LostField[] {
  if (isEmpty(sent) && (stored === undefined || isEmpty(stored))) return [];
  if (sent === '' && !path.endsWith('ClassName')) return [];
  if (sent === 0 && defaultedZeros.has(path.slice(path.lastIndexOf('.') + 1))) return [];
  switch (type.kind) {
    case 'object':
    case 'map':
      return lostOfFields(type, sent as Record<string, unknown>, stored, path);
    case 'list':
      return lostOfItems(type.items, sent as unknown[], stored, path);
    default:
      return isSame(type, sent, stored) ? [] : [{ path, sent, stored }];
  }
}

function lostOfFields(
  type: FieldType & { kind: 'object' | 'map' },
  sent: Record<string, unknown>,
  stored: unknown,
  path: string,
): LostField[] {
  if (!isRecord(stored)) return Object.keys(sent).length === 0 ? [] : [{ path, sent, stored }];
  return Object.entries(sent).flatMap(([name, value]) => {
    const inside = type.kind === 'map' ? type.values : schemas.get(type.typeName).fields.get(name)?.type;
    return inside === undefined ? [] : lost(inside, value, stored[name], path === '' ? name : `${path}.${name}`);
  });
}

/** In their order; the server may have put others in between. */
function lostOfItems(items: FieldType, sent: readonly unknown[], stored: unknown, path: string): LostField[] {
  if (!Array.isArray(stored)) return [{ path, sent, stored }];
  let at = 0;
  for (const [index, item] of sent.entries()) {
    const itemPath = `${path}[${index}]`;
    const found = stored.findIndex((other, i) => i >= at && lost(items, item, other, itemPath).length === 0);
    if (found < 0) return lost(items, item, stored[at], itemPath);
    at = found + 1;
  }
  return [];
}

function isSame(type: FieldType, sent: unknown, stored: unknown): boolean {
  if (type.kind === 'quantity') {
    const amounts = [sent, stored].map((value) => Quantity.tryParse(value as string | number));
    return amounts[0] !== undefined && amounts[1] !== undefined && amounts[0].compare(amounts[1]) === 0;
  }
  if (type.kind === 'time') return parseTime(String(sent)) === parseTime(String(stored));
  return deepEqual(sent, stored);
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isRecord(value)) return Object.values(value).every(isEmpty);
  return value === null || value === undefined || value === '' || value === 0 || value === false;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
