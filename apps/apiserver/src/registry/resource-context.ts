import { badRequest, type ResourceInfo } from '@orrery/api';
import type { UserInfo } from '../authentication/user-info.ts';
import type { ApiRequest } from '../http/api-request.ts';
import type { ResourceRequest } from '../request-info/request-info.ts';
import type { WriteOptions } from './object-store.ts';

/** A request for a resource that exists, with all that the steps behind authorization need. */
export interface ResourceContext {
  readonly request: ApiRequest;
  readonly target: ResourceRequest;
  /** The resource in the version of the path. */
  readonly info: ResourceInfo;
  /** The same resource in the version that it is stored in. */
  readonly stored: ResourceInfo;
  readonly user: UserInfo;
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

const eventTtlSeconds = 3_600;

/** Options of a write from the query. */
export function writeOptionsOf(context: ResourceContext): WriteOptions {
  const { stored, request } = context;
  const isEvent = stored.group === '' && stored.resource === 'events';
  return { dryRun: dryRunOf(request.query.getAll('dryRun')), ...(isEvent && { ttlSeconds: eventTtlSeconds }) };
}

export function dryRunOf(values: readonly string[]): boolean {
  for (const value of values) {
    if (value !== 'All' && value !== '') {
      throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(value)}: supported values: "All"`);
    }
  }
  return values.includes('All');
}

export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  if (value === '' || value === 'Warn') return 'Warn';
  if (value === 'Strict' || value === 'Ignore') return value;
  throw badRequest(
    `fieldValidation: Unsupported value: ${JSON.stringify(value)}: supported values: "Ignore", "Strict", "Warn"`,
  );
}
