import { type CustomResourceDefinition, type FieldError, invalidValue, required } from '@orrery/api';
import type { ConditionState } from './definition-condition.ts';

export const approvalAnnotation = 'api-approved.kubernetes.io';

type ApprovalState = 'invalid' | 'approved' | 'bypassed' | 'missing';

interface Approval {
  readonly state: ApprovalState;
  readonly reason: string;
}

const seeAlso = 'see https://github.com/kubernetes/enhancements/pull/1111';

/** Groups of the Kubernetes project need a word on who has approved them. */
export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group);
}

function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const text = metadata.annotations?.[approvalAnnotation] ?? '';
  const annotation = JSON.stringify(approvalAnnotation);
  if (text === '') {
    return { state: 'missing', reason: `protected groups must have approval annotation ${annotation}, ${seeAlso}` };
  }
  if (text.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${JSON.stringify(text)}` };
  if (URL.canParse(text) && new URL(text).host !== '') return { state: 'approved', reason: `approved in ${text}` };
  return {
    state: 'invalid',
    reason: `protected groups must have approval annotation ${annotation} with either a URL or a reason starting with "unapproved", ${seeAlso}`,
  };
}

/** `old`: before an update, which need not repair what was wrong before. */
export function validateApproval(definition: CustomResourceDefinition, old?: CustomResourceDefinition): FieldError[] {
  if (!isProtectedGroup(definition.spec.group ?? '')) return [];
  const { state, reason } = approvalOf(definition);
  if (old && approvalOf(old).state === state) return [];
  const path = `metadata.annotations[${approvalAnnotation}]`;
  if (state === 'missing') return [required(path, reason)];
  if (state === 'invalid') return [invalidValue(path, definition.metadata.annotations?.[approvalAnnotation], reason)];
  return [];
}

/** The condition that tells of the approval; `undefined` for groups that need none. */
export function approvalCondition(definition: CustomResourceDefinition): ConditionState | undefined {
  if (!isProtectedGroup(definition.spec.group)) return undefined;
  const { state, reason: message } = approvalOf(definition);
  const type = 'KubernetesAPIApprovalPolicyConformant';
  switch (state) {
    case 'approved':
      return { type, status: 'True', reason: 'ApprovedAnnotation', message };
    case 'bypassed':
      return { type, status: 'False', reason: 'UnapprovedAnnotation', message };
    case 'missing':
      return { type, status: 'False', reason: 'MissingAnnotation', message };
    case 'invalid':
      return { type, status: 'False', reason: 'InvalidAnnotation', message };
    default:
      return state satisfies never;
  }
}
