import {
  type CustomResourceConversion,
  dns1035LabelErrors,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type WebhookConversion,
} from '@orrery/api';

type ClientConfig = NonNullable<WebhookConversion['clientConfig']>;
type ServiceReference = NonNullable<ClientConfig['service']>;

const reviewVersions = ['v1', 'v1beta1'];

/** How versions are converted, with the paths of upstream's internal form. */
export function validateConversion(conversion: CustomResourceConversion | undefined, path: string): FieldError[] {
  if (!conversion) return [];
  const { strategy, webhook } = conversion;
  const at = `${path}.strategy`;
  const strategies = ['None', 'Webhook'];
  const findings = !strategy
    ? [required(at)]
    : strategies.includes(strategy)
      ? []
      : [notSupported(at, strategy, strategies)];
  if (strategy === 'Webhook') return [...findings, ...validateWebhook(webhook, path)];
  const detail = 'should not be set when strategy is not set to Webhook';
  if (webhook?.clientConfig) findings.push(forbiddenField(`${path}.webhookClientConfig`, detail));
  if ((webhook?.conversionReviewVersions ?? []).length > 0) {
    findings.push(forbiddenField(`${path}.conversionReviewVersions`, detail));
  }
  return findings;
}

function validateWebhook(webhook: WebhookConversion | undefined, path: string): FieldError[] {
  const { clientConfig, conversionReviewVersions = [] } = webhook ?? {};
  const at = `${path}.webhookClientConfig`;
  return [
    ...(clientConfig
      ? validateClientConfig(clientConfig, at)
      : [required(at, 'required when strategy is set to Webhook')]),
    ...validateReviewVersions(conversionReviewVersions, `${path}.conversionReviewVersions`),
  ];
}

function validateClientConfig({ url, service }: ClientConfig, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  if (url !== undefined) return validateUrl(url, `${path}.url`);
  return service ? validateService(service, `${path}.service`) : [];
}

function validateUrl(url: string, path: string): FieldError[] {
  const form = 'desired format: https://host[:port]/path';
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) return [required(path, `url must be a valid URL: ${JSON.stringify(url)}; ${form}`)];
  const findings: FieldError[] = [];
  if (parsed.protocol !== 'https:') {
    findings.push(invalidValue(path, parsed.protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${form}`));
  }
  if (parsed.host === '') findings.push(invalidValue(path, '', `host must be specified; ${form}`));
  if (parsed.username !== '' || parsed.password !== '') {
    findings.push(invalidValue(path, parsed.username, 'user information is not permitted in the URL'));
  }
  if (parsed.hash !== '')
    findings.push(invalidValue(path, parsed.hash.slice(1), 'fragments are not permitted in the URL'));
  if (parsed.search !== '') {
    findings.push(invalidValue(path, parsed.search.slice(1), 'query parameters are not permitted in the URL'));
  }
  return findings;
}

function validateService({ name, namespace, path: urlPath, port = 443 }: ServiceReference, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!name) findings.push(required(`${path}.name`, 'service name is required'));
  if (!namespace) findings.push(required(`${path}.namespace`, 'service namespace is required'));
  if (port < 1 || port > 65_535) {
    findings.push(invalidValue(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  return urlPath === undefined ? findings : [...findings, ...validateUrlPath(urlPath, `${path}.path`)];
}

function validateUrlPath(urlPath: string, path: string): FieldError[] {
  const at = (detail: string) => [invalidValue(path, urlPath, detail)];
  if (urlPath === '/') return [];
  if (urlPath === '//') return at('segment[0] may not be empty');
  if (!urlPath.startsWith('/')) return at("must start with a '/'");
  const steps = urlPath.slice(1).replace(/\/$/, '').split('/');
  const empty = steps.indexOf('');
  return empty >= 0 ? at(`segment[${empty}] may not be empty`) : [];
}

function validateReviewVersions(versions: readonly string[], path: string): FieldError[] {
  if (versions.length === 0) return [required(path)];
  const findings = versions.flatMap((version, i) => {
    if (versions.indexOf(version) < i) return [invalidValue(`${path}[${i}]`, version, 'duplicate version')];
    return dns1035LabelErrors(version).map((text) => invalidValue(`${path}[${i}]`, version, text));
  });
  if (versions.some((version) => reviewVersions.includes(version))) return findings;
  return [...findings, invalidValue(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}
