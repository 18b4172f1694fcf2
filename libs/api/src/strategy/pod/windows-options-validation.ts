import { type FieldError, invalidTexts, invalidValue } from '../../errors/field-error.ts';
import type { PodSpec, WindowsSecurityContextOptions } from '../../generated/kinds.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { containersOf } from './containers-of.ts';

const credentialSpecMaxKib = 64;
const domainLengthMax = 256;
const userLengthMax = 104;
const netBiosDomain = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsDomain = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

/** What only containers on Windows know. */
export function validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, path: string): FieldError[] {
  if (!options) return [];
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName } = options;
  const findings =
    name === undefined ? [] : invalidTexts(`${path}.gmsaCredentialSpecName`, name, dnsSubdomainErrors(name));
  if (spec === '') {
    findings.push(invalidValue(`${path}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec cannot be an empty string'));
  } else if (spec !== undefined && Buffer.byteLength(spec) > credentialSpecMaxKib * 1024) {
    const text = `gmsaCredentialSpec size must be under ${credentialSpecMaxKib} KiB`;
    findings.push(invalidValue(`${path}.gmsaCredentialSpec`, spec, text));
  }
  if (runAsUserName === undefined) return findings;
  return [...findings, ...invalidTexts(`${path}.runAsUserName`, runAsUserName, userNameErrors(runAsUserName))];
}

/** `DOMAIN\user` or `user`. */
function userNameErrors(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/\p{Cc}/u.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  return [...(parts.length === 2 ? domainErrors(parts[0] ?? '') : []), ...userErrors(user)];
}

function domainErrors(domain: string): string[] {
  const errors: string[] = [];
  if (domain.length >= domainLengthMax) {
    errors.push(`runAsUserName's Domain length must be under ${domainLengthMax} characters`);
  }
  if (!netBiosDomain.test(domain) && !dnsDomain.test(domain)) {
    errors.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  return errors;
}

function userErrors(user: string): string[] {
  const errors: string[] = [];
  if (user === '') errors.push("runAsUserName's User cannot be empty");
  else if (user.length > userLengthMax) {
    errors.push(`runAsUserName's User length must not be longer than ${userLengthMax} characters`);
  }
  if (/^[. ]+$/.test(user)) errors.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) {
    errors.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  }
  return errors;
}

/** Containers that run as processes of a Windows host: all of the pod or none, and on the host's network. */
export function validateHostProcess(spec: PodSpec, path: string): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const findings: FieldError[] = [];
  const containers = containersOf(spec, path);
  let hostProcesses = 0;
  for (const { container, path: at } of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const text = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      findings.push(invalidValue(`${at}.securityContext.windowsOptions.hostProcess`, own, text));
    }
    if (own ?? ofPod) hostProcesses += 1;
  }
  if (hostProcesses === 0) return findings;
  if (hostProcesses !== containers.length) {
    const text = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    findings.push(invalidValue(path, '', text));
  }
  if (!spec.hostNetwork) {
    const text = 'hostNetwork must be true if pod contains any hostProcess containers';
    findings.push(invalidValue(`${path}.hostNetwork`, false, text));
  }
  return findings;
}
