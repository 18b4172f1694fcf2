import type { ApiObject, ResourceType } from '@orrery/api';
import type { AdmissionAttributes } from './admission.ts';

/** Is the request about objects of this kind, whatever the version? */
export function isAbout({ info }: AdmissionAttributes, type: ResourceType<ApiObject>): boolean {
  return info.group === type.group && info.resource === type.resource;
}

/** The object to be, where the request creates or updates an object of this kind itself, not a subresource. */
export function objectOf<T extends ApiObject>(attributes: AdmissionAttributes, type: ResourceType<T>): T | undefined {
  const { operation, subresource, object } = attributes;
  const isWrite = (operation === 'CREATE' || operation === 'UPDATE') && subresource === '';
  return isWrite && isAbout(attributes, type) ? (object as T | undefined) : undefined;
}

/** The same where the request creates the object. */
export function newObjectOf<T extends ApiObject>(
  attributes: AdmissionAttributes,
  type: ResourceType<T>,
): T | undefined {
  return attributes.operation === 'CREATE' ? objectOf(attributes, type) : undefined;
}
