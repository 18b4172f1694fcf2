import type { PodTemplate } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { warningsOfPodTemplate } from '../pod/pod-warnings.ts';
import { validatePodTemplate } from './pod-template-validation.ts';

export const podTemplateRules: KindRules<PodTemplate> = {
  countsGenerations: true,
  validate: ({ template }) => validatePodTemplate(template, 'template'),
  warnings: ({ template }) => warningsOfPodTemplate(template, 'template'),
};
