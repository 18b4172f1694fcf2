import { ApiError } from '@orrery/api';

/** The server refused a creation because the namespace is being deleted: trying again is useless. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') ?? false;
}
