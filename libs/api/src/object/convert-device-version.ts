import type { ApiObject } from '../resource/resource-type.ts';

type Fields = Record<string, unknown>;

/** Fields that v1beta1 has in a request itself and later versions in its `exactly`. */
const exactFields = [
  'deviceClassName',
  'selectors',
  'allocationMode',
  'count',
  'adminAccess',
  'tolerations',
  'capacity',
] as const;

/** Fields that v1beta1 has in a device's `basic` and later versions in the device itself: all but the name. */
const ownDeviceField = 'name';

/** Objects of resource.k8s.io/v1beta1 and those of later versions differ in two places. Changes nothing of the argument. */
export function convertDeviceVersion(object: ApiObject, fromVersion: string, toVersion: string): ApiObject {
  const fromNested = fromVersion === 'v1beta1';
  const toNested = toVersion === 'v1beta1';
  if (fromNested === toNested) return object;
  switch (object.kind) {
    case 'ResourceClaim':
      return withSpec(object, (spec) => convertClaimSpec(spec, toNested));
    case 'ResourceClaimTemplate':
      return withSpec(object, (spec) => ({ ...spec, spec: convertClaimSpec(fieldsOf(spec.spec), toNested) }));
    case 'ResourceSlice':
      return withSpec(object, (spec) => {
        if (!Array.isArray(spec.devices)) return spec;
        return { ...spec, devices: spec.devices.map((device) => convertDevice(fieldsOf(device), toNested)) };
      });
    default:
      return object;
  }
}

function withSpec(object: ApiObject, change: (spec: Fields) => Fields): ApiObject {
  const fields = object as unknown as Fields;
  return fields.spec === undefined ? object : ({ ...object, spec: change(fieldsOf(fields.spec)) } as ApiObject);
}

function convertClaimSpec(spec: Fields, toNested: boolean): Fields {
  const devices = fieldsOf(spec.devices);
  if (!Array.isArray(devices.requests)) return spec;
  const requests = devices.requests.map((request) => convertRequest(fieldsOf(request), toNested));
  return { ...spec, devices: { ...devices, requests } };
}

function convertRequest(request: Fields, toNested: boolean): Fields {
  if (toNested) {
    const { exactly, ...rest } = request;
    return { ...rest, ...fieldsOf(exactly) };
  }
  const exactly: Fields = {};
  const rest: Fields = { ...request };
  for (const name of exactFields) {
    if (rest[name] === undefined) continue;
    exactly[name] = rest[name];
    delete rest[name];
  }
  return Object.keys(exactly).length > 0 ? { ...rest, exactly } : rest;
}

function convertDevice(device: Fields, toNested: boolean): Fields {
  if (!toNested) {
    const { basic, ...rest } = device;
    return { ...rest, ...fieldsOf(basic) };
  }
  const { [ownDeviceField]: name, ...basic } = device;
  return { ...(name !== undefined && { name }), basic };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
