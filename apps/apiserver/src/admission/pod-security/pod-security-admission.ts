import {
  compareLevels,
  internal,
  invalid,
  Namespace,
  Pod,
  type PodSecurityPolicy,
  type PodSecurityStandard,
  podViolations,
  policyOf,
  sameStandard,
  standardText,
  violationDetails,
} from '@orrery/api';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { admissionForbidden } from '../admission-forbidden.ts';
import type { AdmissionReader } from '../admission-reader.ts';
import { isAbout, objectOf } from '../admission-subject.ts';
import { existingPodWarnings } from './existing-pod-warnings.ts';
import { podOf, type TemplatePod } from './pod-of.ts';
import { isSignificantUpdate } from './significant-update.ts';

const auditPrefix = 'pod-security.kubernetes.io/';
/** Subresources of pods that change nothing the standards speak of; any other is checked. */
const ignoredSubresources: ReadonlySet<string> = new Set([
  'exec',
  'attach',
  'binding',
  'eviction',
  'log',
  'portforward',
  'proxy',
  'resize',
  'status',
]);

/** Holds pods to the Pod Security Standards that their namespace's labels name, and warns of workloads whose pods would not pass. */
export class PodSecurityAdmission implements AdmissionPlugin {
  readonly name = 'PodSecurity';

  constructor(private readonly reader: AdmissionReader) {}

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { operation, object } = attributes;
    if (object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    if (isAbout(attributes, Namespace)) this.validateNamespace(attributes);
    else if (isAbout(attributes, Pod)) await this.validatePod(attributes);
    else await this.validateWorkload(attributes);
  }

  /** A policy that cannot be read is refused, and one that becomes stricter is held against the pods that are there. */
  private validateNamespace(attributes: AdmissionAttributes): void {
    const namespace = objectOf(attributes, Namespace);
    if (namespace === undefined) return;
    const { policy, errors } = policyOf(namespace.metadata.labels);
    const before = policyOf(attributes.old?.metadata.labels);
    const isNews = attributes.operation === 'CREATE' || JSON.stringify(errors) !== JSON.stringify(before.errors);
    if (errors.length > 0 && isNews) throw invalid(attributes.info, namespace.metadata.name, errors);
    if (attributes.operation === 'CREATE' || !isStricter(policy.enforce, before.policy.enforce)) return;
    const { name } = namespace.metadata;
    const warnings = existingPodWarnings(name, this.reader.list(Pod, name), policy.enforce);
    for (const warning of warnings) attributes.warn(warning);
  }

  private async validatePod(attributes: AdmissionAttributes): Promise<void> {
    if (ignoredSubresources.has(attributes.subresource)) return;
    const pod = attributes.object as Pod;
    const { policy, isOpen } = await this.policyFor(attributes);
    if (isOpen || (attributes.old !== undefined && !isSignificantUpdate(pod, attributes.old as Pod))) return;
    const { enforce } = policy;
    attributes.annotate(`${auditPrefix}enforce-policy`, standardText(enforce));
    const violations = podViolations(pod, enforce);
    if (violations.length > 0) {
      this.audit(attributes, policy, pod);
      const detail = `violates PodSecurity ${quoted(enforce)}: ${violationDetails(violations)}`;
      throw admissionForbidden(attributes, detail);
    }
    this.report(attributes, policy, pod);
  }

  private async validateWorkload(attributes: AdmissionAttributes): Promise<void> {
    if (attributes.subresource !== '') return;
    const pod = podOf(attributes);
    if (pod === undefined) return;
    const { policy } = await this.policyFor(attributes);
    this.report(attributes, policy, pod);
  }

  private report(attributes: AdmissionAttributes, policy: PodSecurityPolicy, pod: TemplatePod): void {
    this.audit(attributes, policy, pod);
    const warning = violationText(pod, policy.warn);
    if (warning !== undefined) attributes.warn(warning);
  }

  private audit(attributes: AdmissionAttributes, { audit }: PodSecurityPolicy, pod: TemplatePod): void {
    const finding = violationText(pod, audit);
    if (finding !== undefined) attributes.annotate(`${auditPrefix}audit-violations`, finding);
  }

  private async policyFor(
    attributes: AdmissionAttributes,
  ): Promise<{ readonly policy: PodSecurityPolicy; readonly isOpen: boolean }> {
    const namespace = await this.reader.find(Namespace, '', attributes.namespace);
    if (namespace === undefined) throw internal(`failed to lookup namespace ${JSON.stringify(attributes.namespace)}`);
    const { policy, errors } = policyOf(namespace.metadata.labels);
    for (const { field, badValue, detail } of errors) {
      const problem = `${field}: Invalid value: ${JSON.stringify(badValue)}: ${detail}`;
      attributes.annotate(`${auditPrefix}error`, `failed to parse policy: ${problem}`);
    }
    const isOpen = errors.length === 0 && Object.values(policy).every(({ level }) => level === 'privileged');
    return { policy, isOpen };
  }
}

function violationText(pod: TemplatePod, standard: PodSecurityStandard): string | undefined {
  const violations = podViolations(pod, standard);
  if (violations.length === 0) return undefined;
  return `would violate PodSecurity ${quoted(standard)}: ${violationDetails(violations)}`;
}

/** Can pods that passed so far fail from now on? */
function isStricter(now: PodSecurityStandard, before: PodSecurityStandard): boolean {
  if (sameStandard(now, before) || now.level === 'privileged') return false;
  return now.version !== before.version || compareLevels(now.level, before.level) > 0;
}

function quoted(standard: PodSecurityStandard): string {
  return JSON.stringify(standardText(standard));
}
