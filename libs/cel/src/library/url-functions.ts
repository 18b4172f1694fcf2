import { types } from '../types/cel-type.ts';
import { type CelValue, OpaqueValue } from '../values/cel-value.ts';
import { ListValue } from '../values/list-value.ts';
import { BuiltMap } from '../values/map-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';

const { bool, string } = types;
const urlType = types.opaque('kubernetes.URL');
const shape = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:[^/?#@]*@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/s;

/** As Go's `net/url` takes it apart. */
interface UrlParts {
  readonly scheme: string;
  /** With the port. */
  readonly host: string;
  readonly path: string;
  readonly query: string;
}

class UrlValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.URL';

  constructor(
    readonly parts: UrlParts,
    private readonly text: string,
  ) {
    super();
  }

  override equals(other: CelValue): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }

  override toString(): string {
    return this.text;
  }
}

/** Kubernetes' URLs: absolute URLs and absolute paths. */
export const urlFunctions: CelLibrary = [
  fn('url', 'string_to_url', [string], urlType, (text: string) => new UrlValue(parse(text), text)),
  fn('isURL', 'is_url_string', [string], bool, (text: string) => typeof attempt(text) !== 'string'),
  method('getScheme', 'url_get_scheme', [urlType], string, ({ parts }: UrlValue) => parts.scheme),
  method('getHost', 'url_get_host', [urlType], string, ({ parts }: UrlValue) => parts.host),
  method('getHostname', 'url_get_hostname', [urlType], string, ({ parts }: UrlValue) => splitHost(parts.host).name),
  method('getPort', 'url_get_port', [urlType], string, ({ parts }: UrlValue) => splitHost(parts.host).port),
  method('getEscapedPath', 'url_get_escaped_path', [urlType], string, ({ parts }: UrlValue) => escapedPath(parts.path)),
  method('getQuery', 'url_get_query', [urlType], types.map(string, types.list(string)), ({ parts }: UrlValue) =>
    queryOf(parts.query),
  ),
];

/** What is wrong with a URL, or `undefined`. */
export function urlProblem(text: string): string[] | undefined {
  const parts = attempt(text);
  return typeof parts === 'string' ? [`parse ${JSON.stringify(text)}: ${parts}`] : undefined;
}

function parse(text: string): UrlParts {
  const parts = attempt(text);
  if (typeof parts === 'string') {
    throw new CelRuntimeError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: ${parts}`);
  }
  return parts;
}

/** The parts, or what is wrong with the text: Go's `ParseRequestURI`. */
function attempt(text: string): UrlParts | string {
  if (text === '') return 'empty url';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\x00-\x1f\x7f]/.test(text)) return 'net/url: invalid control character in URL';
  const [, scheme = '', host, path = '', query = ''] = shape.exec(text) ?? [];
  if (scheme === '' && !text.startsWith('/')) return 'invalid URI for request';
  const badEscape = /%(?![0-9a-fA-F]{2})/.exec(`${host ?? ''}${path}`);
  if (badEscape !== null)
    return `invalid URL escape ${JSON.stringify(path.slice(path.indexOf('%'), path.indexOf('%') + 3))}`;
  const port = /:([^\]]*)$/.exec(host ?? '')?.[1] ?? '';
  if (!/^\d*$/.test(port)) return `invalid port ${JSON.stringify(`:${port}`)} after host`;
  if (/[\s<>"]/.test(host ?? '')) return 'invalid character " " in host name';
  return { scheme: scheme.toLowerCase(), host: host ?? '', path, query };
}

function splitHost(host: string): { name: string; port: string } {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(host);
  return { name: (match?.[1] ?? host).replace(/^\[|\]$/g, ''), port: match?.[2] ?? '' };
}

function escapedPath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@%!'()*[\]]/gu, (character) => encodeURIComponent(character));
}

function queryOf(query: string): CelValue {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) values.set(name, [...(values.get(name) ?? []), value]);
  return new BuiltMap([...values].map(([name, list]) => [name, ListValue.of(list)] as const));
}
