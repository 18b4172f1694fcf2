import { ResourceTable } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { MetricsRegistry } from '@orrery/service';
import { AuditFile } from '../audit/audit-sink.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import type { Authenticator } from '../authentication/authenticator.ts';
import { Impersonation } from '../authentication/impersonation.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { AuditConfig } from '../config/api-server-config.ts';
import type { DefinitionCatalog } from '../custom-resources/definition-catalog.ts';
import { FlowConfiguration } from '../flow-control/flow-configuration.ts';
import { FlowControlDumps } from '../flow-control/flow-control-dumps.ts';
import { FlowControlMetrics } from '../flow-control/flow-control-metrics.ts';
import { FlowController } from '../flow-control/flow-controller.ts';
import { FlowGate } from '../flow-control/flow-gate.ts';
import { RequestWidth } from '../flow-control/request-width.ts';
import { RequestMetrics } from '../metrics/request-metrics.ts';
import { RequestDeadline } from './request-deadline.ts';
import { RequestPipeline, type RequestRoutes } from './request-pipeline.ts';

export interface PipelineInputs {
  readonly resources: DefinitionCatalog;
  readonly cache: ObjectCache;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly routes: RequestRoutes;
  readonly audit: AuditConfig | undefined;
  readonly registry: MetricsRegistry;
  readonly host: Host;
}

/** The pipeline, and those of its steps that are started and stopped. */
export interface PipelineParts {
  readonly pipeline: RequestPipeline;
  readonly flowController: FlowController;
  readonly auditFile: AuditFile | undefined;
}

/** Puts the steps in front of the routes together. Starts nothing. */
export function assemblePipeline(inputs: PipelineInputs): PipelineParts {
  const { resources, cache, authenticator, authorizer, routes, registry, host } = inputs;
  const metrics = new RequestMetrics(
    registry,
    host.clock,
    (group, version, resource) => resources.find(group, version, resource) !== undefined,
  );
  const flowMetrics = new FlowControlMetrics(registry);
  const flowController = new FlowController(new FlowConfiguration(ResourceTable.builtIn(), cache), flowMetrics, host);
  flowMetrics.watchLevels(registry, () => flowController.levels);
  const dumps = new FlowControlDumps(flowController);
  const auditFile = inputs.audit && new AuditFile(host.disk, inputs.audit.path, host.logger);
  const pipeline = new RequestPipeline(
    resources,
    {
      authenticator,
      audit: auditFile && auditTrail(inputs, auditFile),
      impersonation: new Impersonation(authorizer),
      flowGate: new FlowGate(flowController, new RequestWidth(resources, cache)),
      authorizer,
      deadline: new RequestDeadline(host.timers),
      metrics,
    },
    {
      ...routes,
      path: async (request, target, user) =>
        dumps.answer(target.path, request.query) ?? routes.path(request, target, user),
    },
    host,
  );
  return { pipeline, flowController, auditFile };
}

function auditTrail({ audit, registry, host }: PipelineInputs, file: AuditFile): AuditTrail {
  const levels = registry.counter({
    name: 'apiserver_audit_level_total',
    help: 'Counter of policy levels for audit events (1 per request).',
    labels: ['level'],
  });
  registry.computed(
    'counter',
    {
      name: 'apiserver_audit_error_total',
      help: 'Counter of audit events that failed to be audited properly.',
      labels: ['plugin'],
    },
    () => [[['log'], file.lost]],
  );
  return new AuditTrail(audit?.policy ?? { rules: [] }, file, host.clock, (level) => levels.of(level).add());
}
