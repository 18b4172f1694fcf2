import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  valueNotFound,
} from '../../errors/field-error.ts';
import type { Container, EphemeralContainer, Volume, VolumeDevice, VolumeMount } from '../../generated/kinds.ts';
import { validateDescendingPath, validateNoBacksteps } from './path-validation.ts';

const propagations = ['Bidirectional', 'HostToContainer', 'None'];
const recursions = ['Disabled', 'Enabled', 'IfPossible'];

type AnyContainer = Container | EphemeralContainer;
type Volumes = ReadonlyMap<string, Volume>;

/** Where a container mounts the volumes of its pod. */
export function validateMounts(container: AnyContainer, volumes: Volumes, path: string): FieldError[] {
  const places = new Set<string>();
  const devices = container.volumeDevices ?? [];
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const at = `${path}[${i}]`;
    const findings: FieldError[] = [];
    if (!mount.name) findings.push(required(`${at}.name`));
    if (!volumes.has(mount.name)) findings.push(valueNotFound(`${at}.name`, mount.name ?? ''));
    if (!mount.mountPath) findings.push(required(`${at}.mountPath`));
    if (places.has(mount.mountPath)) findings.push(invalidValue(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    places.add(mount.mountPath);
    if (devices.some(({ name }) => name === mount.name)) {
      findings.push(invalidValue(`${at}.name`, mount.name, 'must not already exist in volumeDevices'));
    }
    if (devices.some(({ devicePath }) => devicePath === mount.mountPath)) {
      const text = 'must not already exist as a path in volumeDevices';
      findings.push(invalidValue(`${at}.mountPath`, mount.mountPath, text));
    }
    return [
      ...findings,
      ...validateSubPaths(mount, at, path),
      ...validatePropagation(mount, container, `${path}.mountPropagation`),
      ...validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`),
    ];
  });
}

/** Upstream names the list, not the mount, for what is wrong inside a path. */
function validateSubPaths({ subPath, subPathExpr }: VolumeMount, at: string, listPath: string): FieldError[] {
  const findings: FieldError[] = [];
  if (subPath) findings.push(...validateDescendingPath(subPath, `${listPath}.subPath`));
  if (subPathExpr) {
    if (subPath) {
      findings.push(invalidValue(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    }
    findings.push(...validateDescendingPath(subPathExpr, `${listPath}.subPathExpr`));
  }
  return findings;
}

function validatePropagation({ mountPropagation }: VolumeMount, container: AnyContainer, field: string): FieldError[] {
  if (mountPropagation === undefined) return [];
  if (!propagations.includes(mountPropagation)) return [notSupported(field, mountPropagation, propagations)];
  if (mountPropagation !== 'Bidirectional' || container.securityContext?.privileged) return [];
  return [forbiddenField(field, 'Bidirectional mount propagation is available only to privileged containers')];
}

function validateRecursiveReadOnly(mount: VolumeMount, field: string): FieldError[] {
  const { recursiveReadOnly, readOnly, mountPropagation = 'None' } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return [];
  if (!recursions.includes(recursiveReadOnly)) return [notSupported(field, recursiveReadOnly, recursions)];
  const findings: FieldError[] = [];
  if (!readOnly) findings.push(forbiddenField(field, 'may only be specified when readOnly is true'));
  if (mountPropagation !== 'None') {
    const text = 'may only be specified when mountPropagation is None or not specified';
    findings.push(forbiddenField(field, text));
  }
  return findings;
}

/** Block devices that a container gets from claims. */
export function validateDevices(container: AnyContainer, volumes: Volumes, path: string): FieldError[] {
  const names = new Set<string>();
  const places = new Set<string>();
  return (container.volumeDevices ?? []).flatMap((device, i) => {
    const at = `${path}[${i}]`;
    const findings = [
      ...validateDeviceName(device, volumes.get(device.name), names, `${at}.name`),
      ...validateDevicePath(device, places, `${at}.devicePath`),
    ];
    const mounts = container.volumeMounts ?? [];
    if (mounts.some(({ name }) => name === device.name)) {
      findings.push(invalidValue(`${at}.name`, device.name, 'must not already exist in volumeMounts'));
    }
    if (mounts.some(({ mountPath }) => mountPath === device.devicePath)) {
      const text = 'must not already exist as a path in volumeMounts';
      findings.push(invalidValue(`${at}.devicePath`, device.devicePath, text));
    }
    return findings;
  });
}

function validateDeviceName(
  { name }: VolumeDevice,
  volume: Volume | undefined,
  names: Set<string>,
  field: string,
): FieldError[] {
  const findings: FieldError[] = name ? [] : [required(field)];
  if (names.has(name)) findings.push(invalidValue(field, name, 'must be unique'));
  if (!volume) findings.push(valueNotFound(field, name ?? ''));
  else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
    const text = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
    findings.push(invalidValue(field, name, text));
  }
  if (name) names.add(name);
  return findings;
}

function validateDevicePath({ devicePath }: VolumeDevice, places: Set<string>, field: string): FieldError[] {
  const findings: FieldError[] = devicePath ? [] : [required(field)];
  if (places.has(devicePath)) findings.push(invalidValue(field, devicePath, 'must be unique'));
  if (devicePath && validateNoBacksteps(devicePath, field).length > 0) {
    findings.push(invalidValue(field, devicePath, "can not contain backsteps ('..')"));
  } else places.add(devicePath);
  return findings;
}
