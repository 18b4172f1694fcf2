import { badRequest, forbidden } from '@orrery/api';
import { type Authorizer, resourceAttributes } from '../authorization/authorizer.ts';
import { type ApiRequest, headerPairs } from '../http/api-request.ts';
import type { ResourceRequest } from '../request-info/request-info.ts';
import { anonymous, type UserInfo } from './user-info.ts';

const prefix = 'impersonate-';
const extraPrefix = 'impersonate-extra-';
const serviceAccountPrefix = 'system:serviceaccount:';
const authenticated = 'system:authenticated';
const unauthenticated = 'system:unauthenticated';
const authenticationGroup = 'authentication.k8s.io';

/** Who a client asks to be. */
interface Wanted {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/** `Impersonate-*` headers: acts as somebody else, if the user may impersonate every part of him. */
export class Impersonation {
  constructor(private readonly authorizer: Authorizer) {}

  /** The user that the request is made as; `undefined` where it does not ask for another. Throws `Forbidden`. */
  apply(user: UserInfo, request: ApiRequest): UserInfo | undefined {
    const wanted = wantedOf(request);
    if (wanted === undefined) return undefined;
    for (const attributes of checksOf(wanted)) {
      const refusal = this.authorizer.refusal(user, attributes);
      if (refusal === undefined) continue;
      const { group, resource, subresource, name } = attributes;
      const named = subresource === '' ? resource : `${resource}/${subresource}`;
      throw forbidden({ group, resource: named }, name, refusal);
    }
    return impersonated(wanted);
  }
}

/** Throws `BadRequest` where groups or more are asked for without a user. */
function wantedOf({ rawHeaders = [] }: ApiRequest): Wanted | undefined {
  if (!rawHeaders.some(isImpersonation)) return undefined;
  const headers = headerPairs(rawHeaders).filter(([name]) => name.startsWith(prefix));
  if (headers.length === 0) return undefined;
  const valuesOf = (name: string): string[] => headers.filter(([header]) => header === name).map(([, value]) => value);
  const extra = new Map<string, string[]>();
  for (const [name, value] of headers) {
    if (!name.startsWith(extraPrefix)) continue;
    const key = decodedKey(name.slice(extraPrefix.length));
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  const user = valuesOf('impersonate-user')[0] ?? '';
  if (user === '') throw badRequest('requested impersonation without impersonating a user');
  return { user, groups: valuesOf('impersonate-group'), uid: valuesOf('impersonate-uid')[0] ?? '', extra };
}

/** May be asked of values as well: whoever says yes is looked at again. */
function isImpersonation(text: string): boolean {
  return text.length > prefix.length && text.slice(0, prefix.length).toLowerCase() === prefix;
}

function decodedKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What the user has to be allowed, in upstream's terms. */
function checksOf({ user, groups, uid, extra }: Wanted): ResourceRequest[] {
  const account = serviceAccountOf(user);
  const verb = 'impersonate';
  const checks = [
    account === undefined
      ? resourceAttributes({ verb, resource: 'users', name: user })
      : resourceAttributes({ verb, resource: 'serviceaccounts', namespace: account.namespace, name: account.name }),
    ...groups.map((name) => resourceAttributes({ verb, resource: 'groups', name })),
  ];
  if (uid !== '') checks.push(resourceAttributes({ verb, group: authenticationGroup, resource: 'uids', name: uid }));
  for (const [subresource, values] of extra) {
    for (const name of values) {
      checks.push(resourceAttributes({ verb, group: authenticationGroup, resource: 'userextras', subresource, name }));
    }
  }
  return checks;
}

function serviceAccountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const [namespace = '', name = '', ...rest] = user.startsWith(serviceAccountPrefix)
    ? user.slice(serviceAccountPrefix.length).split(':')
    : [];
  return namespace === '' || name === '' || rest.length > 0 ? undefined : { namespace, name };
}

function impersonated({ user, groups, uid, extra }: Wanted): UserInfo {
  return {
    name: user,
    groups: groupsOf(user, groups),
    ...(uid !== '' && { uid }),
    ...(extra.size > 0 && { extra: Object.fromEntries(extra) }),
  };
}

/** The groups that go without saying. */
function groupsOf(user: string, asked: readonly string[]): string[] {
  const account = serviceAccountOf(user);
  const groups =
    asked.length === 0 && account !== undefined
      ? ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`]
      : [...asked];
  if (groups.includes(unauthenticated)) return groups;
  if (user === anonymous.name) return [...groups, unauthenticated];
  return groups.includes(authenticated) ? groups : [...groups, authenticated];
}
