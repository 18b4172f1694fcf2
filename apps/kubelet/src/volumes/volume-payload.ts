import type { ConfigMap, KeyToPath, Pod, Secret } from '@orrery/api';
import { type FieldContext, fieldValue, resourceValue } from '../environment/field-reference.ts';
import type { PayloadFile } from './volume-driver.ts';
import { VolumeError } from './volume-error.ts';

const defaultModeOfFiles = 0o644;

export interface KeySelection {
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
  readonly mode?: number;
}

/** Files of a ConfigMap's keys; undefined stands for a ConfigMap that is missing. */
export function configMapFiles(name: string, configMap: ConfigMap | undefined, selection: KeySelection): PayloadFile[] {
  if (!configMap && !selection.optional) throw new VolumeError(`configmap "${name}" not found`);
  const data = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(configMap?.data ?? {})) data.set(key, Buffer.from(value, 'utf8'));
  for (const [key, value] of Object.entries(configMap?.binaryData ?? {})) data.set(key, Buffer.from(value, 'base64'));
  return selectKeys(data, selection, 'config');
}

export function secretFiles(name: string, secret: Secret | undefined, selection: KeySelection): PayloadFile[] {
  if (!secret && !selection.optional) throw new VolumeError(`secret "${name}" not found`);
  const data = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(secret?.data ?? {})) data.set(key, Buffer.from(value, 'base64'));
  return selectKeys(data, selection, 'secret');
}

type DownwardItem = NonNullable<
  NonNullable<NonNullable<Pod['spec']['volumes']>[number]['downwardAPI']>['items']
>[number];

export function downwardApiFiles(
  context: FieldContext,
  items: readonly DownwardItem[],
  mode = defaultModeOfFiles,
): PayloadFile[] {
  return items.map((item) => ({
    path: item.path,
    mode: item.mode ?? mode,
    data: Buffer.from(downwardValue(context, item), 'utf8'),
  }));
}

function downwardValue(context: FieldContext, { fieldRef, resourceFieldRef }: DownwardItem): string {
  if (fieldRef) {
    const value = fieldValue(context, fieldRef.fieldPath);
    if (value === undefined) throw new VolumeError(`unsupported fieldPath: ${fieldRef.fieldPath}`);
    return value;
  }
  const { containerName, resource = '', divisor } = resourceFieldRef ?? {};
  const all = [...context.pod.spec.containers, ...(context.pod.spec.initContainers ?? [])];
  const container = all.find((candidate) => candidate.name === containerName);
  const value = container && resourceValue(context, container, resource, divisor);
  if (value === undefined) throw new VolumeError(`unsupported container resource : ${resource}`);
  return value;
}

function selectKeys(
  data: ReadonlyMap<string, Uint8Array>,
  selection: KeySelection,
  what: 'config' | 'secret',
): PayloadFile[] {
  const mode = selection.mode ?? defaultModeOfFiles;
  if (!selection.items?.length) return [...data].map(([path, bytes]) => ({ path, data: bytes, mode }));
  const files: PayloadFile[] = [];
  for (const item of selection.items) {
    const bytes = data.get(item.key);
    if (bytes) files.push({ path: item.path, data: bytes, mode: item.mode ?? mode });
    else if (!selection.optional) throw new VolumeError(`references non-existent ${what} key: ${item.key}`);
  }
  return files;
}
