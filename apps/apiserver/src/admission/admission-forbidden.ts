import { type ApiError, forbidden } from '@orrery/api';
import type { AdmissionAttributes } from './admission.ts';

/** The refusal of a plugin. An object that has no name yet is called by what its name will begin with. */
export function admissionForbidden({ requested, name, object }: AdmissionAttributes, detail: string): ApiError {
  const { metadata } = object ?? {};
  return forbidden(requested, metadata?.name || name || metadata?.generateName || '', detail);
}
