import { ResourceTable, servedRows } from '@orrery/api';
import type { Bus, Subjects } from '@orrery/bus';
import type { Host } from '@orrery/runtime';
import { MetricsRegistry } from '@orrery/service';
import { PolicyStatusController } from './admission/policy/policy-status-controller.ts';
import { ApiAggregation } from './aggregation/api-aggregation.ts';
import type { AuditFile } from './audit/audit-sink.ts';
import { Authenticator } from './authentication/authenticator.ts';
import { Authorizer } from './authorization/authorizer.ts';
import { ClusterBootstrap } from './bootstrap/cluster-bootstrap.ts';
import { ObjectCache } from './cache/object-cache.ts';
import type { ApiServerConfig } from './config/api-server-config.ts';
import { ConversionWebhook } from './custom-resources/conversion-webhook.ts';
import { DefinitionCatalog, withDefinitionRules } from './custom-resources/definition-catalog.ts';
import { DefinitionController } from './custom-resources/definition-controller.ts';
import { ObjectVersions } from './custom-resources/object-versions.ts';
import { DefaultObjectsKeeper } from './flow-control/default-objects-keeper.ts';
import type { FlowController } from './flow-control/flow-controller.ts';
import { BusFace } from './http/bus-face.ts';
import { HttpsServer } from './http/https-server.driver.ts';
import { registerServerMetrics } from './metrics/server-metrics.ts';
import { StorageMetrics } from './metrics/storage-metrics.ts';
import { assemblePipeline } from './pipeline/assemble-pipeline.ts';
import { assembleRegistry } from './registry/assemble-registry.ts';
import { HealthEndpoints } from './server-info/health-endpoints.ts';
import { IssuerDiscovery } from './server-info/issuer-discovery.ts';
import { OpenApiEndpoints } from './server-info/open-api-endpoints.ts';
import { PathRoutes } from './server-info/path-routes.ts';
import { serverChecks } from './server-info/server-checks.ts';
import { AddressAllocator } from './service-addresses/address-allocator.ts';
import { AddressClaims } from './service-addresses/address-claims.ts';
import { AddressRepair } from './service-addresses/address-repair.ts';
import { parseCidrs } from './service-addresses/cidr.ts';
import { ServiceAddressHook } from './service-addresses/service-address-hook.ts';
import { assembleStorage, type EtcdParts } from './storage/assemble-storage.ts';
import { assembleRoutes } from './subresources/assemble-routes.ts';
import { HttpsWebhookClient } from './webhooks/https-webhook-client.driver.ts';
import { ServiceResolver } from './webhooks/service-resolver.ts';

/** The parts that are started and stopped. */
export interface ApiServerParts {
  /** Where an etcd cluster keeps the objects. */
  readonly etcd: EtcdParts | undefined;
  readonly cache: ObjectCache;
  readonly bootstrap: ClusterBootstrap;
  readonly addressRepair: AddressRepair;
  readonly definitions: DefinitionController | undefined;
  readonly policyStatus: PolicyStatusController | undefined;
  readonly webhooks: HttpsWebhookClient;
  readonly aggregation: ApiAggregation;
  readonly flowController: FlowController;
  readonly keeper: DefaultObjectsKeeper;
  readonly auditFile: AuditFile | undefined;
  readonly busFace: BusFace;
  readonly https: HttpsServer | undefined;
  /** Shown by the health endpoints. */
  readonly phase: { bootstrapped: boolean; stopping: boolean };
}

const httpsPortDefault = 6443;

/** Puts the API server together, from storage up to the faces. Starts nothing. */
export function assemble(config: ApiServerConfig, host: Host, bus: Bus, subjects: Subjects): ApiServerParts {
  const table = withDefinitionRules(new ResourceTable(servedRows(ResourceTable.builtIn(), config.runtimeConfig)));
  const metrics = new MetricsRegistry();
  const { store, etcd } = assembleStorage({
    config,
    metrics: new StorageMetrics(metrics, host.clock),
    host,
    bus,
    subjects,
    publishedRevision: () => cache.revision,
  });
  const cache = new ObjectCache(store, bus, subjects, host);
  const catalog = new DefinitionCatalog(table, cache);
  registerServerMetrics(metrics, catalog, cache);
  const services = new ServiceResolver(cache, host.random);
  const webhooks = new HttpsWebhookClient(services, host.timers);
  const versions = new ObjectVersions(catalog, new ConversionWebhook(webhooks, host));
  const authorizer = new Authorizer();
  const claims = new AddressClaims(table, store, host);
  const serviceCidrs = parseCidrs(config.serviceCidr);
  const allocator = new AddressAllocator(claims, serviceCidrs, config.nodePortRange, host.random);
  const hooks = [new ServiceAddressHook(allocator, claims)];
  const registry = assembleRegistry({
    config,
    catalog,
    store,
    cache,
    versions,
    authorizer,
    webhooks,
    hooks,
    metrics,
    host,
  });
  const { writer } = registry;
  const { routes, tokens } = assembleRoutes({ config, table, registry, cache, authorizer, services, host });

  let https: HttpsServer | undefined;
  const port = (): number => https?.port || config.https?.port || httpsPortDefault;
  const keeper = new DefaultObjectsKeeper(ResourceTable.builtIn(), cache, writer, host);
  const phase = { bootstrapped: false, stopping: false };
  const health = new HealthEndpoints(
    serverChecks({
      store,
      cache,
      keeper,
      timers: host.timers,
      bootstrapped: () => phase.bootstrapped,
      stopping: () => phase.stopping,
    }),
  );
  const serverAddress = `${config.advertiseAddress}:${config.https?.port ?? httpsPortDefault}`;
  const openApi = new OpenApiEndpoints(catalog, host.clock);
  const issuer = new IssuerDiscovery(tokens, serverAddress);
  const paths = new PathRoutes(catalog, serverAddress, health, openApi, issuer, () => metrics.text());
  const aggregation = new ApiAggregation({
    table,
    cache,
    writer,
    resolver: services,
    metrics,
    host,
    paths: (request) => paths.answer(request),
    proxyClient: config.proxyClient,
    clientCertificateAuthority: config.https?.clientCertificateAuthority,
  });
  const { pipeline, flowController, auditFile } = assemblePipeline({
    resources: catalog,
    cache,
    authenticator: new Authenticator(tokens),
    authorizer,
    routes: {
      resource: routes.route,
      path: (request, _target, user) => aggregation.pathAnswer(request, user),
      isRemote: (path) => aggregation.isRemote(path),
      remote: (request, user) => aggregation.remoteAnswer(request, user),
    },
    audit: config.audit,
    registry: metrics,
    host,
  });
  if (config.https !== undefined)
    https = new HttpsServer(config.https, (request) => pipeline.handle(request), host.timers);
  const bootstrap = new ClusterBootstrap(
    table,
    writer,
    cache,
    {
      advertiseAddress: config.advertiseAddress,
      port,
      serviceCidrs,
    },
    host,
  );
  const addressRepair = new AddressRepair(table, claims, cache, host);
  const definitions = catalog.definitions && new DefinitionController(catalog.definitions, cache, writer, host);
  const policyRow = table.find('admissionregistration.k8s.io', 'v1', 'validatingadmissionpolicies');
  const policyStatus = policyRow && new PolicyStatusController(policyRow, catalog, cache, writer, host);
  return {
    etcd,
    cache,
    bootstrap,
    addressRepair,
    definitions,
    policyStatus,
    webhooks,
    aggregation,
    flowController,
    keeper,
    auditFile,
    busFace: new BusFace(bus, subjects, pipeline),
    https,
    phase,
  };
}
