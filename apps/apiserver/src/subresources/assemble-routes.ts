import {
  type ApiObject,
  Node,
  Pod,
  PodDisruptionBudget,
  type ResourceTable,
  type ResourceType,
  Secret,
  ServiceAccount,
} from '@orrery/api';
import type { Host } from '@orrery/runtime';
import { ServiceAccountTokens, type TokenSubject } from '../authentication/service-account-tokens.driver.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ApiServerConfig } from '../config/api-server-config.ts';
import { ConnectAdmission } from '../node-proxy/connect-admission.ts';
import { HttpProxyHandler } from '../node-proxy/http-proxy-handler.driver.ts';
import { NodeConnection } from '../node-proxy/node-connection.driver.ts';
import { PodConnectHandler } from '../node-proxy/pod-connect-handler.ts';
import type { Registry } from '../registry/assemble-registry.ts';
import type { ObjectLookup } from '../registry/object-lookup.ts';
import type { ServiceResolver } from '../webhooks/service-resolver.ts';
import { AdmittedCreation } from './admitted-creation.ts';
import { BindingHandler } from './binding-handler.ts';
import { ComponentStatusHandler } from './component-status-handler.ts';
import { EvictionHandler } from './eviction-handler.ts';
import { ResourceRoutes } from './resource-routes.ts';
import { ReviewHandler } from './review-handler.ts';
import { ScaleHandler } from './scale-handler.ts';
import { SettledWrites } from './settled-writes.ts';
import { TokenRequestHandler } from './token-request-handler.ts';

export interface RouteInputs {
  readonly config: ApiServerConfig;
  readonly table: ResourceTable;
  readonly registry: Registry;
  readonly cache: ObjectCache;
  readonly authorizer: Authorizer;
  readonly services: ServiceResolver;
  readonly host: Host;
}

/** Who answers which resource and subresource. Also gives what checks service account tokens, which the routes issue. */
export function assembleRoutes(inputs: RouteInputs): { routes: ResourceRoutes; tokens: ServiceAccountTokens } {
  const { config, table, registry, cache, authorizer, services, host } = inputs;
  const { objects, lookup, admission, decoder, fields, reader, updater, deleter, writer, generic } = registry;
  const tokens = new ServiceAccountTokens(
    config.serviceAccount,
    host.clock,
    () => host.ids.uuid(),
    (subject) => isStillBound(subject, table, lookup),
  );
  const pods = table.mustFind(Pod);
  const budgets = table.mustFind(PodDisruptionBudget);
  const binding = new BindingHandler(pods, objects, decoder, admission, host);
  const kubelets = config.kubelet && new NodeConnection(config.kubelet);
  const connections = new ConnectAdmission(admission);
  const connect = new PodConnectHandler(table, lookup, kubelets, connections);
  const proxy = new HttpProxyHandler(reader, services, connections);
  const review = new AdmittedCreation(new ReviewHandler(authorizer, tokens, decoder), admission);
  const token = new AdmittedCreation(new TokenRequestHandler(reader, cache, table, decoder, tokens), admission);
  const settled = new SettledWrites(generic, cache);
  const routes = new ResourceRoutes(generic, {
    'admissionregistration.k8s.io/mutatingadmissionpolicies': settled,
    'admissionregistration.k8s.io/mutatingadmissionpolicybindings': settled,
    'admissionregistration.k8s.io/mutatingwebhookconfigurations': settled,
    'admissionregistration.k8s.io/validatingadmissionpolicies': settled,
    'admissionregistration.k8s.io/validatingadmissionpolicybindings': settled,
    'admissionregistration.k8s.io/validatingwebhookconfigurations': settled,
    'apiregistration.k8s.io/apiservices': settled,
    scale: new ScaleHandler(reader, updater, decoder, fields),
    '/componentstatuses': new ComponentStatusHandler(cache, (context) => generic.represent(context)),
    '/pods/eviction': new EvictionHandler({ reader, deleter, decoder, cache, writer, admission, host, budgets }),
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
    '/serviceaccounts/token': token,
  });
  return { routes, tokens };
}

/** A token ends with its service account and with the object that it is bound to. */
function isStillBound(subject: TokenSubject, table: ResourceTable, lookup: ObjectLookup): boolean {
  const uidOf = (type: ResourceType<ApiObject>, namespace: string, name: string): string | undefined => {
    return lookup.cached(table.mustFind(type), namespace, name)?.object.metadata.uid;
  };
  const { namespace, serviceAccount, pod, node, secret } = subject;
  if (uidOf(ServiceAccount, namespace, serviceAccount.name) !== serviceAccount.uid) return false;
  if (pod !== undefined && uidOf(Pod, namespace, pod.name) !== pod.uid) return false;
  if (node !== undefined && uidOf(Node, '', node.name) !== node.uid) return false;
  return secret === undefined || uidOf(Secret, namespace, secret.name) === secret.uid;
}
