import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { Node, Taint } from '../../generated/kinds.ts';
import { labelValueErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { taintEffects } from '../pod/toleration-validation.ts';
import { validateAmount } from '../resource-amounts/resource-amounts-validation.ts';
import { isDualStack, validateCidr } from '../service/ip-validation.ts';
import { validateConfigSource, validateConfigStatus } from './node-config-validation.ts';

export const nodeRules: KindRules<Node> = {
  keepsStatusOnCreate: true,
  prepareForCreate: ({ spec, status }) => {
    delete spec.configSource;
    delete status.config;
  },
  prepareForUpdate: ({ spec }, { spec: old }) => {
    if (!old.configSource) delete spec.configSource;
  },
  validate: (node) => [
    // Upstream looks for taints under the metadata.
    ...validateTaints(node.spec.taints ?? [], 'metadata.taints'),
    ...validateAmounts(node),
    ...validatePodCidrs(node.spec.podCIDRs ?? []),
  ],
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: (node, old) => [...validateAmounts(node), ...validateNodeUpdate(node, old)],
  warnings: ({ spec }) => [
    ...(spec.configSource ? ['spec.configSource: the feature is no longer supported in-tree'] : []),
    ...(spec.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
  ],
};

function validateNodeUpdate({ spec, status }: Node, { spec: old }: Node): FieldError[] {
  const findings: FieldError[] = [];
  const addresses = (status?.addresses ?? []).map(({ type, address }) => ({ type, address }));
  const seen = new Set<string>();
  for (const [i, address] of addresses.entries()) {
    const key = JSON.stringify(address);
    if (seen.has(key)) findings.push(duplicateValue(`status.addresses[${i}]`, address));
    seen.add(key);
  }
  const before = old.podCIDRs ?? (old.podCIDR ? [old.podCIDR] : []);
  const now = spec.podCIDRs ?? (spec.podCIDR ? [spec.podCIDR] : []);
  if (before.length > 0 && JSON.stringify(before) !== JSON.stringify(now)) {
    const text = 'node updates may not change podCIDR except from "" to valid';
    findings.push(forbiddenField('spec.podCIDRs', text));
  }
  if (old.providerID && spec.providerID !== old.providerID) {
    const text = 'node updates may not change providerID except from "" to valid';
    findings.push(forbiddenField('spec.providerID', text));
  }
  if (spec.configSource) findings.push(...validateConfigSource(spec.configSource, 'spec', 'spec.configSource'));
  if (status?.config) findings.push(...validateConfigStatus(status.config, 'status.config'));
  if ((spec.externalID ?? '') !== (old.externalID ?? '')) {
    findings.push(forbiddenField('spec.externalID', 'may not be updated'));
  }
  return findings;
}

function validateAmounts({ status }: Node): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(status?.[list] ?? {}).flatMap(([name, text]) =>
      validateAmount(name, text, `status.${list}.${name}`),
    ),
  );
}

/** At most one range of each family. */
function validatePodCidrs(cidrs: readonly string[]): FieldError[] {
  const field = 'spec.podCIDRs';
  const findings = cidrs.flatMap((cidr, i) => validateCidr(cidr, `${field}[${i}]`));
  if (cidrs.length < 2) return findings;
  if (!isDualStack(cidrs) || cidrs.length > 2) {
    findings.push(invalidValue(field, cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  const repeated = [...cidrs.entries()].filter(([i, cidr]) => cidrs.indexOf(cidr) < i);
  return [...findings, ...repeated.map(([i, cidr]) => duplicateValue(`${field}[${i}]`, cidr))];
}

function validateTaints(taints: readonly Taint[], path: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap(({ key = '', value = '', effect }, i) => {
    const at = `${path}[${i}]`;
    const findings = invalidTexts(`${at}.key`, key, qualifiedNameErrors(key));
    const texts = labelValueErrors(value);
    if (texts.length > 0) findings.push(invalidValue(`${at}.value`, value, texts.join(';')));
    if (!effect) findings.push(required(`${at}.effect`));
    else if (!taintEffects.includes(effect)) findings.push(notSupported(`${at}.effect`, effect, taintEffects));
    if (seen.has(`${effect}/${key}`)) {
      findings.push(duplicateValue(at, { key, value, effect }, 'taints must be unique by key and effect pair'));
    }
    seen.add(`${effect}/${key}`);
    return findings;
  });
}
