import { type FieldError, invalidValue, required } from '../../errors/field-error.ts';
import type { HorizontalPodAutoscaler } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';

export const horizontalPodAutoscalerRules: KindRules<HorizontalPodAutoscaler> = {
  allowsUnconditionalUpdate: true,
  validate: ({ spec }) => {
    const { minReplicas, maxReplicas = 0, scaleTargetRef } = spec;
    const findings: FieldError[] = [];
    if (minReplicas !== undefined && minReplicas < 1) {
      findings.push(invalidValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
    }
    if (maxReplicas < 1) findings.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
    if (minReplicas !== undefined && maxReplicas < minReplicas) {
      findings.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
    }
    if (!scaleTargetRef?.kind) findings.push(required('spec.scaleTargetRef.kind'));
    if (!scaleTargetRef?.name) findings.push(required('spec.scaleTargetRef.name'));
    return findings;
  },
};
