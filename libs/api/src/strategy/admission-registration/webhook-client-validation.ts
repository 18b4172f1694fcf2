import { type FieldError, invalidValue, required } from '../../errors/field-error.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';

const urlForm = '; desired format: https://host[/path]';

/** Where a webhook listens: at a URL, or at a service of the cluster. */
export interface WebhookClient {
  readonly url?: string;
  readonly service?: {
    readonly namespace?: string;
    readonly name?: string;
    readonly path?: string;
    readonly port?: number;
  };
}

export function validateWebhookClient({ url, service }: WebhookClient, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  return url === undefined ? validateService(service ?? {}, `${path}.service`) : validateUrl(url, `${path}.url`);
}

function validateUrl(text: string, field: string): FieldError[] {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text);
  const [, scheme = '', authority = '', , query = '', fragment = ''] = match ?? [];
  const at = authority.lastIndexOf('@');
  const user = at >= 0 ? authority.slice(0, at) : '';
  const host = authority.slice(at + 1);
  const findings: FieldError[] = [];
  if (scheme.toLowerCase() !== 'https') {
    findings.push(invalidValue(field, scheme.toLowerCase(), `'https' is the only allowed URL scheme${urlForm}`));
  }
  if (host === '') findings.push(invalidValue(field, host, `host must be specified${urlForm}`));
  if (at >= 0) findings.push(invalidValue(field, user, 'user information is not permitted in the URL'));
  if (fragment !== '') findings.push(invalidValue(field, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') findings.push(invalidValue(field, query, 'query parameters are not permitted in the URL'));
  return findings;
}

function validateService(
  { namespace, name, path, port = 0 }: NonNullable<WebhookClient['service']>,
  at: string,
): FieldError[] {
  return [
    ...(name ? [] : [required(`${at}.name`, 'service name is required')]),
    ...(namespace ? [] : [required(`${at}.namespace`, 'service namespace is required')]),
    ...(port >= 1 && port <= 65_535
      ? []
      : [invalidValue(`${at}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive')]),
    ...(path === undefined ? [] : validateUrlPath(path, `${at}.path`)),
  ];
}

function validateUrlPath(path: string, field: string): FieldError[] {
  if (path === '' || path === '/') return [];
  if (path === '//') return [invalidValue(field, path, 'segment[0] may not be empty')];
  const findings = path.startsWith('/') ? [] : [invalidValue(field, path, "must start with a '/'")];
  const inner = path.slice(1).replace(/\/$/, '');
  for (const [i, segment] of inner.split('/').entries()) {
    const texts = segment === '' ? ['may not be empty'] : dnsSubdomainErrors(segment);
    const prefix = segment === '' ? `segment[${i}] ` : `segment[${i}]: `;
    findings.push(...texts.map((text) => invalidValue(field, path, prefix + text)));
  }
  return findings;
}
