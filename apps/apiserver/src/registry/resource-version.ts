import { badRequest, type FieldError, fieldErrorText } from '@orrery/api';

/** Which state a read may see. */
export type ReadState =
  | { readonly kind: 'newest' }
  | { readonly kind: 'any' }
  | { readonly kind: 'notOlderThan'; readonly revision: number }
  | { readonly kind: 'exactly'; readonly revision: number };

/** `undefined` for the empty text. Throws `BadRequest`. */
export function parseResourceVersion(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

/** Upstream's rules for `resourceVersion` and `resourceVersionMatch` of a get or list. */
export function readStateOf(query: URLSearchParams): ReadState {
  const revision = parseResourceVersion(query.get('resourceVersion') ?? '');
  const match = query.get('resourceVersionMatch') ?? '';
  checkMatch(query, revision, match);
  if (revision === undefined) return { kind: 'newest' };
  if (match === 'Exact') return { kind: 'exactly', revision };
  if (revision === 0) return { kind: 'any' };
  const limited = match === '' && Number(query.get('limit') ?? '0') > 0;
  return limited ? { kind: 'exactly', revision } : { kind: 'notOlderThan', revision };
}

function checkMatch(query: URLSearchParams, revision: number | undefined, match: string): void {
  if (match === '') return;
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    throw invalidList({
      type: 'notSupported',
      field: 'resourceVersionMatch',
      badValue: match,
      detail: 'supported values: "Exact", "NotOlderThan", ""',
    });
  }
  if (query.get('continue')) throw forbiddenMatch('resourceVersionMatch is forbidden when continue is provided');
  if (revision === undefined)
    throw forbiddenMatch('resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match === 'Exact' && revision === 0) {
    throw forbiddenMatch('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
}

function forbiddenMatch(detail: string): Error {
  return invalidList({ type: 'forbidden', field: 'resourceVersionMatch', detail });
}

function invalidList(error: FieldError): Error {
  return badRequest(fieldErrorText(error));
}
