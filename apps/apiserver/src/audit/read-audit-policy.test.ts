import { describe, expect, it } from '@jest/globals';
import { AuditPolicyError, readAuditPolicy } from './read-audit-policy.ts';

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n';

describe('an audit policy file', () => {
  it('is read as upstream has it', () => {
    const rules = 'rules:\n- level: Request\n  resources: [{group: "", resources: [pods]}]\n';
    expect(readAuditPolicy(`${head}omitStages: [RequestReceived]\n${rules}`)).toMatchObject({
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Request', resources: [{ group: '', resources: ['pods'] }] }],
    });
  });

  it.each([
    ['rules: [', 'the audit policy is no YAML'],
    ['kind: Pod', 'the audit policy is no Policy of audit.k8s.io/v1'],
    [head, 'the audit policy has no rules'],
    [
      `${head}rules: [{level: Loud}]`,
      "the audit policy's rules[0].level must be one of None, Metadata, Request, RequestResponse",
    ],
  ])('%j is refused', (text, message) => {
    expect(() => readAuditPolicy(text)).toThrow(AuditPolicyError);
    expect(() => readAuditPolicy(text)).toThrow(message);
  });
});
