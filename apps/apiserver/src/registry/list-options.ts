import { badRequest, type FieldError, forbiddenField, invalid, notSupported } from '@orrery/api';
import { booleanParameter, type IntegerParameter, integerParameter } from '../http/query-parameters.ts';

export type ResourceVersionMatch = '' | 'Exact' | 'NotOlderThan';

/** `ListOptions` of `meta.k8s.io`, as the query of a list or a watch gives them; selectors are read by `filterOf`. */
export interface ListOptions {
  readonly resourceVersion: string;
  readonly resourceVersionMatch: ResourceVersionMatch;
  /** Objects of one page; 0: all of them. */
  readonly limit: number;
  /** `''`: from the beginning. */
  readonly continue: string;
  /** `undefined`: the server decides. */
  readonly timeoutSeconds: number | undefined;
  readonly allowWatchBookmarks: boolean;
  /** `undefined` where the client does not say. */
  readonly sendInitialEvents: boolean | undefined;
}

const match = 'resourceVersionMatch';
const int64: IntegerParameter = { bits: 64 };

/** Reads and checks the options by upstream's rules. Throws `BadRequest` for what cannot be read, `Invalid` for what cannot be combined. */
export function listOptionsOf(query: URLSearchParams, verb: 'list' | 'watch'): ListOptions {
  const text = (name: string): string => query.get(name) ?? '';
  const resourceVersionMatch = text(match);
  const options = {
    resourceVersion: text('resourceVersion'),
    limit: integerParameter(query, 'limit', int64) ?? 0,
    continue: text('continue'),
    timeoutSeconds: integerParameter(query, 'timeoutSeconds', int64),
    allowWatchBookmarks: booleanParameter(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: booleanParameter(query, 'sendInitialEvents'),
  };
  const errors =
    verb === 'list' ? listErrors(options, resourceVersionMatch) : watchErrors(options, resourceVersionMatch);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  return { ...options, resourceVersionMatch: resourceVersionMatch as ResourceVersionMatch };
}

/** Throws `BadRequest` for a continued list that names a state of its own. */
export function checkContinued({ resourceVersion }: ListOptions): void {
  if (resourceVersion === '' || resourceVersion === '0') return;
  throw badRequest('specifying resource version is not allowed when using continue');
}

type Options = Omit<ListOptions, 'resourceVersionMatch'>;

function listErrors(options: Options, wanted: string): FieldError[] {
  const errors: FieldError[] = [];
  if (wanted !== '') {
    if (options.resourceVersion === '') {
      errors.push(forbiddenField(match, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    }
    if (options.continue !== '') errors.push(forbiddenWithContinue());
    if (wanted !== 'Exact' && wanted !== 'NotOlderThan') {
      errors.push(notSupported(match, wanted, ['Exact', 'NotOlderThan', '']));
    }
    if (wanted === 'Exact' && options.resourceVersion === '0') {
      errors.push(forbiddenField(match, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (options.sendInitialEvents !== undefined) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors(options: Options, wanted: string): FieldError[] {
  const errors: FieldError[] = [];
  if (options.sendInitialEvents !== undefined && wanted !== 'NotOlderThan') {
    errors.push(forbiddenField(match, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (wanted === '') return errors;
  if (options.sendInitialEvents === undefined) {
    errors.push(
      forbiddenField(match, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    );
  }
  if (wanted !== 'NotOlderThan') errors.push(notSupported(match, wanted, ['NotOlderThan']));
  if (options.continue !== '') errors.push(forbiddenWithContinue());
  return errors;
}

function forbiddenWithContinue(): FieldError {
  return forbiddenField(match, 'resourceVersionMatch is forbidden when continue is provided');
}
