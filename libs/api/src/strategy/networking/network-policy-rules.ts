import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../generated/kinds.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { portNameErrors, validatePortNumber } from '../pod/port-validation.ts';
import { validateNetwork } from './canonical-ip-validation.ts';
import { containsCidr } from './cidr-format.ts';

const policyTypes = ['Ingress', 'Egress'];
const protocols = ['TCP', 'UDP', 'SCTP'];

export const networkPolicyRules: KindRules<NetworkPolicy> = {
  countsGenerations: true,
  validate: ({ spec }) => [
    ...validateLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...(spec.ingress ?? []).flatMap(({ ports, from }, i) => validateRule(ports, from, `spec.ingress[${i}]`, 'from')),
    ...(spec.egress ?? []).flatMap(({ ports, to }, i) => validateRule(ports, to, `spec.egress[${i}]`, 'to')),
    ...validatePolicyTypes(spec.policyTypes ?? [], 'spec.policyTypes'),
  ],
};

function validateRule(
  ports: readonly NetworkPolicyPort[] = [],
  peers: readonly NetworkPolicyPeer[] = [],
  at: string,
  direction: 'from' | 'to',
): FieldError[] {
  return [
    ...ports.flatMap((port, i) => validatePort(port, `${at}.ports[${i}]`)),
    ...peers.flatMap((peer, i) => validatePeer(peer, `${at}.${direction}[${i}]`)),
  ];
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, at: string): FieldError[] {
  const findings = validateGivenChoice(protocol, protocols, `${at}.protocol`);
  if (port === undefined) {
    if (endPort === undefined) return findings;
    return [...findings, invalidValue(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified')];
  }
  if (typeof port === 'string') {
    if (endPort !== undefined) {
      findings.push(invalidValue(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    }
    return [...findings, ...invalidTexts(`${at}.port`, port, portNameErrors(port))];
  }
  findings.push(...validatePortNumber(port, `${at}.port`));
  if (endPort === undefined) return findings;
  // The value shown is the port's, as upstream shows it.
  if (endPort < port) findings.push(invalidValue(`${at}.endPort`, port, 'must be greater than or equal to `port`'));
  return [...findings, ...validatePortNumber(endPort, `${at}.endPort`)];
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, at: string): FieldError[] {
  const findings = [
    ...validateLabelSelector(podSelector, `${at}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...(ipBlock ? validateIpBlock(ipBlock, `${at}.ipBlock`) : []),
  ];
  if (!podSelector && !namespaceSelector && !ipBlock) findings.push(required(at, 'must specify a peer'));
  if (ipBlock && (podSelector || namespaceSelector)) {
    findings.push(forbiddenField(at, 'may not specify both ipBlock and another peer'));
  }
  return findings;
}

function validateIpBlock({ cidr, except = [] }: IPBlock, at: string): FieldError[] {
  if (!cidr) return [required(`${at}.cidr`)];
  const findings = validateNetwork(cidr, `${at}.cidr`);
  if (findings.length > 0) return findings;
  return except.flatMap((one, i) => {
    const field = `${at}.except[${i}]`;
    const malformed = validateNetwork(one, field);
    if (malformed.length > 0 || containsCidr(cidr, one)) return malformed;
    return [invalidValue(field, one, 'must be a strict subset of `cidr`')];
  });
}

function validatePolicyTypes(types: readonly string[], path: string): FieldError[] {
  if (types.length > policyTypes.length) {
    return [invalidValue(path, types, 'may not specify more than two policyTypes')];
  }
  return types.flatMap((type, i) =>
    policyTypes.includes(type) ? [] : [notSupported(`${path}[${i}]`, type, policyTypes)],
  );
}
