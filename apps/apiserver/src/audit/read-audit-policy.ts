import { parse } from 'yaml';
import { isRecord } from '../registry/json-object.ts';
import { type AuditPolicy, auditLevels } from './audit-policy.ts';

/** A text is no `Policy` of `audit.k8s.io/v1`. */
export class AuditPolicyError extends Error {
  override readonly name = 'AuditPolicyError';
}

/** Reads a policy as upstream's `--audit-policy-file` holds it, YAML or JSON. Throws `AuditPolicyError`. */
export function readAuditPolicy(text: string): AuditPolicy {
  const policy = parsed(text);
  if (!isRecord(policy) || policy.kind !== 'Policy' || policy.apiVersion !== 'audit.k8s.io/v1') {
    throw new AuditPolicyError('the audit policy is no Policy of audit.k8s.io/v1');
  }
  const rules: unknown[] = Array.isArray(policy.rules) ? policy.rules : [];
  if (rules.length === 0) throw new AuditPolicyError('the audit policy has no rules');
  rules.forEach((rule, index) => {
    const level = isRecord(rule) ? rule.level : undefined;
    if (auditLevels.some((known) => known === level)) return;
    throw new AuditPolicyError(`the audit policy's rules[${index}].level must be one of ${auditLevels.join(', ')}`);
  });
  return { ...policy, rules } as unknown as AuditPolicy;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new AuditPolicyError('the audit policy is no YAML', { cause });
  }
}
