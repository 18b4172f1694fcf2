import { describe, expect, it } from '@jest/globals';
import { MetricsRegistry } from '@orrery/service';
import { AdmissionMetrics, type WebhookCall } from './admission-metrics.ts';

describe('the metrics of webhooks', () => {
  const count = (outcome: WebhookCall['outcome'], code: number): string => {
    const registry = new MetricsRegistry();
    const metrics = new AdmissionMetrics(registry);
    metrics.webhookCalled({ name: 'w', mutating: true, operation: 'CREATE', seconds: 0.01, outcome, code });
    return registry.text();
  };

  it.each<[WebhookCall['outcome'], number, string]>([
    ['denied', 403, 'error_type="no_error",rejection_code="403"'],
    ['denied', 900, 'error_type="no_error",rejection_code="600"'],
    ['unreachable', 0, 'error_type="calling_webhook_error",rejection_code="0"'],
    ['failed', 0, 'error_type="apiserver_internal_error",rejection_code="0"'],
  ])('count %s with %s as a rejection', (outcome, code, labels) => {
    const text = count(outcome, code);
    expect(text).toContain(
      `apiserver_admission_webhook_rejection_count{name="w",type="admit",operation="CREATE",${labels}} 1`,
    );
    expect(text).toContain('duration_seconds_count{name="w",type="admit",operation="CREATE",rejected="true"} 1');
  });

  it('count what fails open apart', () => {
    const text = count('ignored', 0);
    expect(text).toContain('apiserver_admission_webhook_fail_open_count{name="w",type="admit"} 1');
    expect(text).not.toContain('rejection_count{');
  });
});
