import type { MetricsRegistry } from '@orrery/service';

const webhookBuckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
const policyBuckets = [0.000_000_5, 0.001, 0.01, 0.1, 1];
/** Whatever code a webhook gives is shown as no more than this. */
const codeMax = 600;

/** One call of one webhook. */
export interface WebhookCall {
  readonly name: string;
  readonly mutating: boolean;
  readonly operation: string;
  readonly seconds: number;
  /** `unreachable`: its failure policy refuses the request; `ignored`: it lets the request go on. */
  readonly outcome: 'allowed' | 'denied' | 'unreachable' | 'ignored' | 'failed';
  /** Of the answer that the client gets. */
  readonly code: number;
}

/** Why a call has refused a request, in upstream's words. */
const errorTypes: Readonly<Partial<Record<WebhookCall['outcome'], string>>> = {
  denied: 'no_error',
  unreachable: 'calling_webhook_error',
  failed: 'apiserver_internal_error',
};

/** One binding's policy applied to one request. */
export interface PolicyCheck {
  readonly policy: string;
  readonly binding: string;
  readonly seconds: number;
  readonly action: 'allow' | 'deny' | 'audit' | 'warn';
  readonly failed: boolean;
}

/** Counts what webhooks and policies do to requests, under upstream's names. */
export class AdmissionMetrics {
  private readonly durations;
  private readonly requests;
  private readonly rejections;
  private readonly failedOpen;
  private readonly checks;
  private readonly checkDurations;

  constructor(registry: MetricsRegistry) {
    this.durations = registry.histogram({
      name: 'apiserver_admission_webhook_admission_duration_seconds',
      help: 'Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
      labels: ['name', 'type', 'operation', 'rejected'],
      buckets: webhookBuckets,
    });
    this.requests = registry.counter({
      name: 'apiserver_admission_webhook_request_total',
      help: 'Admission webhook request total, identified by name and broken out for each admission type (validating or mutating) and operation.',
      labels: ['name', 'type', 'operation', 'code', 'rejected'],
    });
    this.rejections = registry.counter({
      name: 'apiserver_admission_webhook_rejection_count',
      help: 'Admission webhook rejection count, identified by name and broken out for each admission type (validating or admit) and operation.',
      labels: ['name', 'type', 'operation', 'error_type', 'rejection_code'],
    });
    this.failedOpen = registry.counter({
      name: 'apiserver_admission_webhook_fail_open_count',
      help: 'Admission webhook fail open count, identified by name and broken out for each admission type (validating or mutating).',
      labels: ['name', 'type'],
    });
    const policyLabels = ['policy', 'policy_binding', 'error_type', 'enforcement_action'];
    this.checks = registry.counter({
      name: 'apiserver_validating_admission_policy_check_total',
      help: 'Validation admission policy check total, labeled by policy and further identified by binding and enforcement action taken.',
      labels: policyLabels,
    });
    this.checkDurations = registry.histogram({
      name: 'apiserver_validating_admission_policy_check_duration_seconds',
      help: 'Validation admission latency for individual validation expressions in seconds, labeled by policy and further including binding and enforcement action taken.',
      labels: policyLabels,
      buckets: policyBuckets,
    });
  }

  webhookCalled({ name, mutating, operation, seconds, outcome, code }: WebhookCall): void {
    const type = mutating ? 'admit' : 'validating';
    const errorType = errorTypes[outcome];
    const rejected = String(errorType !== undefined);
    const shownCode = String(Math.min(code, codeMax));
    this.durations.of(name, type, operation, rejected).observe(seconds);
    this.requests.of(name, type, operation, shownCode, rejected).add();
    if (errorType !== undefined) this.rejections.of(name, type, operation, errorType, shownCode).add();
    if (outcome === 'ignored') this.failedOpen.of(name, type).add();
  }

  policyChecked({ policy, binding, seconds, action, failed }: PolicyCheck): void {
    const labels = [policy, binding, failed ? 'invalid_error' : 'no_error', action];
    this.checks.of(...labels).add();
    this.checkDurations.of(...labels).observe(seconds);
  }
}
