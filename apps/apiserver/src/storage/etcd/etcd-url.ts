/** What `--storage=etcd://…` says. Files are named, not read. */
export interface EtcdUrl {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  /** With any of the three the connections are encrypted. */
  readonly files: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** The words behind `--storage` cannot be understood; the message says which and what would be. */
export class EtcdUrlError extends Error {
  override readonly name = 'EtcdUrlError';
  constructor(
    readonly url: string,
    reason: string,
  ) {
    super(`--storage ${url}: ${reason}; wanted is etcd://HOST:PORT[,HOST:PORT…][/PREFIX][?ca=FILE&cert=FILE&key=FILE]`);
  }
}

const scheme = 'etcd://';
const portDefault = 2379;
const parameters = ['ca', 'cert', 'key'] as const;
/** A name, an IPv4 address, or an IPv6 address in brackets; then perhaps a port. */
const endpointPattern = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;

/** Reads `etcd://host:port,host:port/prefix?ca=…&cert=…&key=…`. Throws `EtcdUrlError`. */
export function parseEtcdUrl(url: string): EtcdUrl {
  if (!url.startsWith(scheme)) throw new EtcdUrlError(url, `it does not begin with ${scheme}`);
  const [place = '', query = '', ...rest] = url.slice(scheme.length).split('?');
  if (rest.length > 0) throw new EtcdUrlError(url, 'it has more than one question mark');
  const slash = place.indexOf('/');
  const hosts = slash === -1 ? place : place.slice(0, slash);
  const path = slash === -1 ? '' : place.slice(slash);
  if (hosts === '') throw new EtcdUrlError(url, 'it names no member');
  return {
    endpoints: hosts.split(',').map((host) => endpointOf(url, host)),
    prefix: path.replace(/\/+$/, ''),
    files: filesOf(url, query),
  };
}

function endpointOf(url: string, text: string): string {
  const [, host, port = String(portDefault)] = endpointPattern.exec(text) ?? [];
  if (host === undefined) throw new EtcdUrlError(url, `"${text}" is not HOST:PORT`);
  if (Number(port) < 1 || Number(port) > 65_535) throw new EtcdUrlError(url, `there is no port ${port}`);
  return `${host}:${port}`;
}

function filesOf(url: string, query: string): EtcdUrl['files'] {
  const given = new URLSearchParams(query);
  for (const name of given.keys()) {
    if (!parameters.some((known) => known === name)) throw new EtcdUrlError(url, `there is no parameter "${name}"`);
  }
  const [ca, cert, key] = parameters.map((name) => given.get(name) ?? undefined);
  if ((cert === undefined) !== (key === undefined)) throw new EtcdUrlError(url, 'cert and key belong together');
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
