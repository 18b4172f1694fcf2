import { badRequest } from '@orrery/api';

/** What the name in a proxy path says: `name`, `name:port` or `scheme:name:port`. */
export interface ProxyDestination {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  /** A number, the name of a port, or `''` for the default. */
  readonly port: string;
}

/** Throws `BadRequest` where it says none of them. */
export function readDestination(text: string): ProxyDestination {
  const parts = text.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 3 && ['', 'http', 'https'].includes(first) && second !== '') {
    return { scheme: first === 'https' ? 'https' : 'http', name: second, port: third };
  }
  if (parts.length <= 2 && first !== '') return { scheme: 'http', name: first, port: second };
  throw badRequest(`invalid service request ${JSON.stringify(text)}`);
}
