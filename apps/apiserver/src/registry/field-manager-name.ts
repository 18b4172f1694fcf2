import type { ResourceContext } from './resource-context.ts';

/** Bytes of a manager's name. */
export const fieldManagerBytesMax = 128;

/** Name of whoever writes: what the request says, or who the client says that it is, or which component it comes from; `''` if nobody knows. */
export function fieldManagerOf({ request, user }: ResourceContext): string {
  const given = request.query.get('fieldManager') ?? '';
  if (given !== '') return given;
  const client = nameOfUserAgent(request.header('user-agent') ?? '');
  const isComponent = request.method === '' || request.credentials.kind === 'bus';
  return client === '' && isComponent ? nameOfComponent(user.name) : client;
}

/** What stands before the first `/`, as far as it is printable and fits. */
function nameOfUserAgent(userAgent: string): string {
  let name = '';
  for (const character of userAgent.split('/')[0] ?? '') {
    if (!isPrintable(character)) continue;
    if (Buffer.byteLength(name + character) > fieldManagerBytesMax) break;
    name += character;
  }
  return name;
}

/** `system:kube-scheduler` → `kube-scheduler`; a node's user is its kubelet. */
function nameOfComponent(user: string): string {
  if (user.startsWith('system:node:')) return 'kubelet';
  if (user === 'system:apiserver') return 'kube-apiserver';
  return user.slice(user.lastIndexOf(':') + 1);
}

/** Letters, marks, numbers, punctuation, symbols, and of all white space the blank. */
export function isPrintable(character: string): boolean {
  return character === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character);
}
