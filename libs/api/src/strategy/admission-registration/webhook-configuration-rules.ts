import {
  duplicateValue,
  type FieldError,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { MutatingWebhook, ValidatingWebhook } from '../../generated/admissionregistration-v1.ts';
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { dns1035LabelErrors } from '../../selectors/label-format.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { validateFullyQualifiedName } from '../domain-name/domain-name-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validateMatchConditions } from './match-condition-validation.ts';
import { validateRule } from './rule-validation.ts';
import { validateWebhookClient } from './webhook-client-validation.ts';

type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;
type Configuration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration;

const failurePolicies = ['Fail', 'Ignore'];
const matchPolicies = ['Equivalent', 'Exact'];
const reinvocationPolicies = ['IfNeeded', 'Never'];
const sideEffectClasses = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];
const harmlessClasses = ['None', 'NoneOnDryRun'];
/** Versions of `AdmissionReview` that this server speaks. */
const reviewVersions = ['v1', 'v1beta1'];
const timeoutSecondsMax = 30;

/** Webhooks with flaws that upstream once let pass may be changed without curing them. */
interface Tolerance {
  readonly sideEffects: boolean;
  readonly reviewVersions: boolean;
  readonly repeatedNames: boolean;
  readonly matchConditions: boolean;
}

export const webhookConfigurationRules: KindRules<Configuration> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  validate: ({ webhooks }, old) => {
    const hooks = (webhooks ?? []) as Webhook[];
    const tolerance = toleranceOf(hooks, old && ((old.webhooks ?? []) as Webhook[]));
    return hooks.flatMap((hook, i) => {
      const at = `webhooks[${i}]`;
      const repeated = hooks.findIndex(({ name }) => name === hook.name) < i && hook.name;
      return [
        ...validateWebhook(hook, tolerance, at),
        ...validateReviewVersions(hook.admissionReviewVersions ?? [], tolerance, `${at}.admissionReviewVersions`),
        ...(repeated && !tolerance.repeatedNames ? [duplicateValue(`${at}.name`, hook.name)] : []),
      ];
    });
  },
};

function toleranceOf(hooks: readonly Webhook[], old: readonly Webhook[] | undefined): Tolerance {
  if (!old) return { sideEffects: false, reviewVersions: false, repeatedNames: false, matchConditions: false };
  const conditionsOf = (list: readonly Webhook[]) => list.map(({ matchConditions }) => matchConditions ?? []);
  return {
    sideEffects: !old.every(({ sideEffects }) => harmlessClasses.includes(sideEffects)),
    reviewVersions: !old.every(
      ({ admissionReviewVersions: versions = [] }) => versions.length === 0 || isKnown(versions),
    ),
    repeatedNames: new Set(old.map(({ name }) => name)).size < old.length,
    matchConditions: deepEqual(conditionsOf(hooks), conditionsOf(old)),
  };
}

function isKnown(versions: readonly string[]): boolean {
  return versions.some((version) => reviewVersions.includes(version));
}

function validateWebhook(hook: Webhook, tolerance: Tolerance, at: string): FieldError[] {
  const { timeoutSeconds: timeout } = hook;
  return [
    ...validateFullyQualifiedName(hook.name, `${at}.name`),
    ...(hook.rules ?? []).flatMap((rule, i) => validateRule(rule, `${at}.rules[${i}]`)),
    ...validateGivenChoice(hook.failurePolicy, failurePolicies, `${at}.failurePolicy`),
    ...validateGivenChoice(hook.matchPolicy, matchPolicies, `${at}.matchPolicy`),
    ...validateSideEffects(hook.sideEffects, tolerance.sideEffects, `${at}.sideEffects`),
    ...(timeout !== undefined && (timeout < 1 || timeout > timeoutSecondsMax)
      ? [
          invalidValue(
            `${at}.timeoutSeconds`,
            timeout,
            `the timeout value must be between 1 and ${timeoutSecondsMax} seconds`,
          ),
        ]
      : []),
    ...validateLabelSelector(hook.namespaceSelector, `${at}.namespaceSelector`),
    ...validateLabelSelector(hook.objectSelector, `${at}.objectSelector`),
    ...validateGivenChoice(hook.reinvocationPolicy, reinvocationPolicies, `${at}.reinvocationPolicy`),
    ...validateWebhookClient(hook.clientConfig ?? {}, `${at}.clientConfig`),
    ...(tolerance.matchConditions ? [] : validateMatchConditions(hook.matchConditions ?? [], `${at}.matchConditions`)),
  ];
}

function validateSideEffects(sideEffects: string | undefined, tolerant: boolean, field: string): FieldError[] {
  const allowed = tolerant ? sideEffectClasses : harmlessClasses;
  if (sideEffects === undefined) return [required(field, `must specify one of ${allowed.join(', ')}`)];
  return allowed.includes(sideEffects) ? [] : [notSupported(field, sideEffects, allowed)];
}

function validateReviewVersions(versions: readonly string[], tolerance: Tolerance, path: string): FieldError[] {
  if (versions.length === 0) return [required(path, `must specify one of ${reviewVersions.join(', ')}`)];
  const findings = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalidValue(`${path}[${i}]`, version, 'duplicate version')]
      : invalidTexts(`${path}[${i}]`, version, dns1035LabelErrors(version)),
  );
  if (tolerance.reviewVersions || isKnown(versions)) return findings;
  return [...findings, invalidValue(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}
