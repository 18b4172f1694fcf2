import { unauthorized } from '@orrery/api';
import type { Credentials } from '../http/api-request.ts';
import { anonymous, type UserInfo } from './user-info.ts';

/** Checks a bearer token; `undefined` where it is not valid. */
export interface TokenVerifier {
  verify(token: string): UserInfo | undefined;
}

const authenticated = 'system:authenticated';
const nodePrefix = 'system:node:';

/** Turns what a face knows of the client into a user. Throws `Unauthorized` for a token that does not hold. */
export class Authenticator {
  constructor(private readonly tokens: TokenVerifier) {}

  authenticate(credentials: Credentials): UserInfo {
    switch (credentials.kind) {
      case 'bus':
        return busUser(credentials.user);
      case 'certificate':
        return { name: credentials.commonName, groups: [...credentials.organizations, authenticated] };
      case 'token': {
        const user = this.tokens.verify(credentials.token);
        if (user === undefined) throw unauthorized('Unauthorized');
        return user;
      }
      case 'none':
        return anonymous;
    }
  }
}

/** The broker lets a user publish on its own subject only, so the name can be believed. */
function busUser(name: string): UserInfo {
  if (name === 'system:admin') return { name, groups: ['system:masters', authenticated] };
  if (name.startsWith(nodePrefix)) return { name, groups: ['system:nodes', authenticated] };
  return { name, groups: [authenticated] };
}
