import { badRequest, type ResourceInfo } from '@orrery/api';
import type { UserInfo } from '../authentication/user-info.ts';
import type { ApiRequest } from '../http/api-request.ts';
import type { ResourceRequest } from '../request-info/request-info.ts';
import type { WriteOptions } from './object-store.ts';
import type { RequestNotes } from './request-notes.ts';

/** A request for a resource that exists, with all that the steps behind authorization need. */
export interface ResourceContext {
  readonly request: ApiRequest;
  readonly target: ResourceRequest;
  /** The resource in the version of the path. */
  readonly info: ResourceInfo;
  /** The same resource in the version that it is stored in. */
  readonly stored: ResourceInfo;
  readonly user: UserInfo;
  readonly notes: RequestNotes;
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

const eventTtlSeconds = 3_600;

/** Options of a write from the query. */
export function writeOptionsOf(context: ResourceContext): WriteOptions {
  const { stored, request } = context;
  const isEvent = stored.group === '' && stored.resource === 'events';
  return { dryRun: dryRunOf(request.query.getAll('dryRun')), ...(isEvent && { ttlSeconds: eventTtlSeconds }) };
}

/** The `CreateOptions` of a request, as admission webhooks see them. */
export function createOptionsOf(context: ResourceContext): Record<string, unknown> {
  return { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', ...optionsOf(context.request.query) };
}

/** The `UpdateOptions` of a PUT, the `PatchOptions` of a PATCH. */
export function updateOptionsOf({ request, target }: ResourceContext): Record<string, unknown> {
  const kind = target.verb === 'patch' ? 'PatchOptions' : 'UpdateOptions';
  const force = target.verb === 'patch' &&
    request.query.has('force') && { force: request.query.get('force') !== 'false' };
  return { kind, apiVersion: 'meta.k8s.io/v1', ...optionsOf(request.query), ...force };
}

function optionsOf(query: URLSearchParams): Record<string, unknown> {
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  const fieldManager = query.get('fieldManager');
  const fieldValidation = query.get('fieldValidation');
  return {
    ...(dryRun.length > 0 && { dryRun }),
    ...(fieldManager && { fieldManager }),
    ...(fieldValidation && { fieldValidation }),
  };
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
