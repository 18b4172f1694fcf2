import { parseFieldSelector, SelectorError } from '@orrery/api';
import type { RequestInfo } from './request-info.ts';

/**
 * What authorization, audit and flow control take the request to be about, as upstream does: a namespace lies in itself, and a list or watch of
 * one name is about the object of that name.
 */
export function requestSubject(target: RequestInfo, query: URLSearchParams): RequestInfo {
  if (target.kind === 'path') return target;
  const { group, resource, verb, name } = target;
  if (name !== '') return group === '' && resource === 'namespaces' ? { ...target, namespace: name } : target;
  if (verb !== 'list' && verb !== 'watch') return target;
  const selected = selectedName(query.get('fieldSelector') ?? '');
  return selected === '' ? target : { ...target, name: selected };
}

/** A selector that cannot be read is for the list itself to refuse. */
function selectedName(selector: string): string {
  if (!selector.includes('metadata.name')) return '';
  try {
    const name = parseFieldSelector(selector).exact('metadata.name') ?? '';
    return isPathSegment(name) ? name : '';
  } catch (error) {
    if (error instanceof SelectorError) return '';
    throw error;
  }
}

function isPathSegment(name: string): boolean {
  return name !== '.' && name !== '..' && !/[/%]/.test(name);
}
