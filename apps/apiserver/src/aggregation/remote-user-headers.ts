import type { UserInfo } from '../authentication/user-info.ts';
import type { ForwardedHeaders } from '../node-proxy/http-forwarding.driver.ts';

/** How an authenticating proxy names the user, as upstream's servers are told to. */
export const remoteUserHeaders = {
  user: 'X-Remote-User',
  group: 'X-Remote-Group',
  uid: 'X-Remote-Uid',
  extraPrefix: 'X-Remote-Extra-',
} as const;

/** The user as headers for a server that trusts this one. */
export function headersOfUser({ name, groups, uid, extra = {} }: UserInfo): ForwardedHeaders {
  const extras = Object.entries(extra).map(([key, values]) => [
    `${remoteUserHeaders.extraPrefix}${escapedKey(key)}`.toLowerCase(),
    [...values],
  ]);
  return {
    [remoteUserHeaders.user.toLowerCase()]: name,
    ...(groups.length > 0 && { [remoteUserHeaders.group.toLowerCase()]: [...groups] }),
    ...(uid !== undefined && uid !== '' && { [remoteUserHeaders.uid.toLowerCase()]: uid }),
    ...Object.fromEntries(extras),
  };
}

/** The name of a header cannot hold everything that a key can. */
function escapedKey(key: string): string {
  return [...Buffer.from(key)]
    .map((byte) => String.fromCharCode(byte))
    .map((character) =>
      /[A-Za-z0-9!#$&'*+.^_`|~-]/.test(character)
        ? character
        : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}
