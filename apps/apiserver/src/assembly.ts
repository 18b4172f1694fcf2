import { type ResourceInfo, ResourceTable } from '@orrery/api';
import type { Bus, Subjects } from '@orrery/bus';
import { type Host, invariant } from '@orrery/runtime';
import { AdmissionChain } from './admission/admission.ts';
import { DefaultTolerationSeconds } from './admission/default-toleration-seconds.ts';
import { NamespaceLifecycle } from './admission/namespace-lifecycle.ts';
import { PriorityAdmission } from './admission/priority-admission.ts';
import { ServiceAccountAdmission } from './admission/service-account-admission.ts';
import { Authenticator } from './authentication/authenticator.ts';
import { ServiceAccountTokens, type TokenSubject } from './authentication/service-account-tokens.driver.ts';
import { Authorizer } from './authorization/authorizer.ts';
import { ClusterBootstrap } from './bootstrap/cluster-bootstrap.ts';
import { ObjectCache } from './cache/object-cache.ts';
import type { ApiServerConfig } from './config/api-server-config.ts';
import { BusFace } from './http/bus-face.ts';
import { HttpsServer } from './http/https-server.driver.ts';
import { HttpProxyHandler } from './node-proxy/http-proxy-handler.driver.ts';
import { NodeConnection } from './node-proxy/node-connection.driver.ts';
import { PodConnectHandler } from './node-proxy/pod-connect-handler.ts';
import { InFlightLimiter } from './pipeline/in-flight-limiter.ts';
import { RequestMetrics } from './pipeline/request-metrics.ts';
import { RequestPipeline } from './pipeline/request-pipeline.ts';
import { ObjectCreator } from './registry/object-creator.ts';
import { ObjectDecoder } from './registry/object-decoder.ts';
import { ObjectDeleter } from './registry/object-deleter.ts';
import { ObjectLookup } from './registry/object-lookup.ts';
import { ObjectReader } from './registry/object-reader.ts';
import { ObjectStore } from './registry/object-store.ts';
import { ObjectUpdater } from './registry/object-updater.ts';
import { ResourceHandler } from './registry/resource-handler.ts';
import { SystemWriter } from './registry/system-writer.ts';
import { HealthEndpoints } from './server-info/health-endpoints.ts';
import { OpenApiEndpoints } from './server-info/open-api-endpoints.ts';
import { PathRoutes } from './server-info/path-routes.ts';
import { AddressAllocator } from './service-addresses/address-allocator.ts';
import { AddressClaims } from './service-addresses/address-claims.ts';
import { AddressRepair } from './service-addresses/address-repair.ts';
import { addressInCidr } from './service-addresses/cidr.ts';
import { ServiceAddressHook } from './service-addresses/service-address-hook.ts';
import { BusKeyValueStore } from './storage/bus-key-value-store.ts';
import { ObjectLeases } from './storage/object-leases.ts';
import { StorageConnection } from './storage/storage-connection.ts';
import { BindingHandler } from './subresources/binding-handler.ts';
import { ComponentStatusHandler } from './subresources/component-status-handler.ts';
import { EvictionHandler } from './subresources/eviction-handler.ts';
import { ResourceRoutes } from './subresources/resource-routes.ts';
import { ReviewHandler } from './subresources/review-handler.ts';
import { ScaleHandler } from './subresources/scale-handler.ts';
import { TokenRequestHandler } from './subresources/token-request-handler.ts';

/** The parts that are started and stopped. */
export interface ApiServerParts {
  readonly cache: ObjectCache;
  readonly bootstrap: ClusterBootstrap;
  readonly addressRepair: AddressRepair;
  readonly busFace: BusFace;
  readonly https: HttpsServer | undefined;
}

const httpsPortDefault = 6443;

/** Puts the API server together, from storage up to the faces. Starts nothing. */
export function assemble(config: ApiServerConfig, host: Host, bus: Bus, subjects: Subjects): ApiServerParts {
  const table = ResourceTable.builtIn();
  const store = new BusKeyValueStore(new StorageConnection(bus, subjects, host));
  const cache = new ObjectCache(store, bus, subjects, host);
  const objects = new ObjectStore(store, cache, new ObjectLeases(store, host.clock));
  const lookup = new ObjectLookup(cache, objects);

  const admission = new AdmissionChain([
    new NamespaceLifecycle(table, lookup),
    new ServiceAccountAdmission(table, lookup, host),
    new PriorityAdmission(table, lookup, cache),
    new DefaultTolerationSeconds(),
  ]);
  const decoder = new ObjectDecoder(table);
  const reader = new ObjectReader(cache, store, host);
  const claims = new AddressClaims(table, store, host);
  const allocator = new AddressAllocator(claims, config.serviceCidr, config.nodePortRange, host.random);
  const hooks = [new ServiceAddressHook(allocator, claims)];
  const creator = new ObjectCreator(objects, admission, hooks, host);
  const updater = new ObjectUpdater(objects, creator, admission, hooks, host);
  const deleter = new ObjectDeleter(objects, admission, hooks, host);

  const tokens = new ServiceAccountTokens(
    config.serviceAccount,
    host.clock,
    () => host.ids.uuid(),
    (subject) => isStillBound(subject, table, lookup),
  );
  const binding = new BindingHandler(objects, decoder, host);
  const scale = new ScaleHandler(reader, updater, decoder);
  const kubelets = config.kubelet === undefined ? undefined : new NodeConnection(config.kubelet);
  const connect = new PodConnectHandler(table, lookup, kubelets);
  const proxy = new HttpProxyHandler(reader, cache);
  const generic = new ResourceHandler({ reader, creator, updater, deleter, decoder, clock: host.clock });
  const authorizer = new Authorizer();
  const writer = new SystemWriter(lookup, creator, updater);
  const budgets = rowOf(table, 'policy', 'v1', 'poddisruptionbudgets');
  const review = new ReviewHandler(authorizer, tokens);
  const resources = new ResourceRoutes(generic, {
    scale,
    '/componentstatuses': new ComponentStatusHandler(cache),
    '/pods/eviction': new EvictionHandler(reader, deleter, decoder, cache, writer, budgets),
    'authentication.k8s.io/selfsubjectreviews': review,
    'authentication.k8s.io/tokenreviews': review,
    'authorization.k8s.io/localsubjectaccessreviews': review,
    'authorization.k8s.io/selfsubjectaccessreviews': review,
    'authorization.k8s.io/selfsubjectrulesreviews': review,
    'authorization.k8s.io/subjectaccessreviews': review,
    '/pods/proxy': proxy,
    '/services/proxy': proxy,
    '/nodes/proxy': connect,
    '/pods/log': connect,
    '/pods/exec': connect,
    '/pods/attach': connect,
    '/pods/portforward': connect,
    '/bindings': binding,
    '/pods/binding': binding,
    '/serviceaccounts/token': new TokenRequestHandler(reader, cache, table, decoder, tokens),
  });

  const metrics = new RequestMetrics(
    host.clock,
    (group, version, resource) => table.find(group, version, resource) !== undefined,
  );
  let https: HttpsServer | undefined;
  const port = (): number => https?.port || config.https?.port || httpsPortDefault;
  const health = new HealthEndpoints([
    { name: 'etcd', readinessOnly: false, problem: () => (cache.filled ? undefined : 'storage has not answered yet') },
    { name: 'informer-sync', readinessOnly: true, problem: () => (cache.filled ? undefined : 'cache is not filled') },
  ]);
  const serverAddress = `${config.advertiseAddress}:${config.https?.port ?? httpsPortDefault}`;
  const paths = new PathRoutes(table, serverAddress, health, new OpenApiEndpoints(table), () => metrics.text());
  const pipeline = new RequestPipeline(
    table,
    new Authenticator(tokens),
    authorizer,
    new InFlightLimiter(),
    { resource: resources.route, path: (request) => paths.answer(request) },
    metrics,
    host.logger,
  );
  if (config.https !== undefined) https = new HttpsServer(config.https, (request) => pipeline.handle(request));
  const bootstrap = new ClusterBootstrap(
    table,
    writer,
    cache,
    { advertiseAddress: config.advertiseAddress, port, clusterIp: addressInCidr(config.serviceCidr, 1) },
    host,
  );
  const addressRepair = new AddressRepair(table, claims, cache, host);
  return { cache, bootstrap, addressRepair, busFace: new BusFace(bus, subjects, pipeline), https };
}

/** A token ends with its service account and with the object that it is bound to. */
function isStillBound(subject: TokenSubject, table: ResourceTable, lookup: ObjectLookup): boolean {
  const uidOf = (resource: string, namespace: string, name: string): string | undefined => {
    return lookup.cached(rowOf(table, '', 'v1', resource), namespace, name)?.object.metadata.uid;
  };
  const { namespace, serviceAccount, pod, node, secret } = subject;
  if (uidOf('serviceaccounts', namespace, serviceAccount.name) !== serviceAccount.uid) return false;
  if (pod !== undefined && uidOf('pods', namespace, pod.name) !== pod.uid) return false;
  if (node !== undefined && uidOf('nodes', '', node.name) !== node.uid) return false;
  return secret === undefined || uidOf('secrets', namespace, secret.name) === secret.uid;
}

function rowOf(table: ResourceTable, group: string, version: string, resource: string): ResourceInfo {
  const row = table.find(group, version, resource);
  invariant(row !== undefined, `${group}/${version} ${resource} is not in the resource table`);
  return row;
}
