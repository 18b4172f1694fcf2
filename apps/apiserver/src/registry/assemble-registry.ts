import { forbidden, ResourceTable } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { MetricsRegistry } from '@orrery/service';
import { AdmissionChain } from '../admission/admission.ts';
import { AdmissionReader } from '../admission/admission-reader.ts';
import { builtInPlugins } from '../admission/built-in-plugins.ts';
import { RequestMatcher } from '../admission/matching/request-matcher.ts';
import { selectPlugins } from '../admission/plugin-selection.ts';
import { ExpressionValidation } from '../admission/policy/expression-validation.ts';
import { policyPlugins } from '../admission/policy/policy-plugins.ts';
import { webhookPlugins } from '../admission/webhook/webhook-plugins.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ApiServerConfig } from '../config/api-server-config.ts';
import type { DefinitionCatalog } from '../custom-resources/definition-catalog.ts';
import type { ObjectVersions } from '../custom-resources/object-versions.ts';
import { AdmissionMetrics } from '../metrics/admission-metrics.ts';
import { WatchMetrics } from '../metrics/watch-metrics.ts';
import type { KeyValueStore } from '../storage/key-value-store.ts';
import { ObjectLeases } from '../storage/object-leases.ts';
import { WatchHandler } from '../watch/watch-handler.ts';
import type { HttpsWebhookClient } from '../webhooks/https-webhook-client.driver.ts';
import { FieldTracker } from './field-tracker.ts';
import { ObjectCreator } from './object-creator.ts';
import { ObjectDecoder } from './object-decoder.ts';
import { ObjectDeleter } from './object-deleter.ts';
import { ObjectLookup } from './object-lookup.ts';
import { ObjectReader } from './object-reader.ts';
import { ObjectStore } from './object-store.ts';
import { ObjectUpdater } from './object-updater.ts';
import type { ResourceContext } from './resource-context.ts';
import { ResourceHandler } from './resource-handler.ts';
import { SystemWriter } from './system-writer.ts';
import type { WriteHook } from './write-hook.ts';

export interface RegistryInputs {
  readonly config: ApiServerConfig;
  readonly catalog: DefinitionCatalog;
  readonly store: KeyValueStore;
  readonly cache: ObjectCache;
  readonly versions: ObjectVersions;
  readonly authorizer: Authorizer;
  readonly webhooks: HttpsWebhookClient;
  readonly hooks: readonly WriteHook[];
  readonly metrics: MetricsRegistry;
  readonly host: Host;
}

/** What reads and writes objects, for the handlers of requests and for the server's own controllers. */
export interface Registry {
  readonly objects: ObjectStore;
  readonly lookup: ObjectLookup;
  readonly admission: AdmissionChain;
  readonly decoder: ObjectDecoder;
  readonly fields: FieldTracker;
  readonly reader: ObjectReader;
  readonly updater: ObjectUpdater;
  readonly deleter: ObjectDeleter;
  readonly writer: SystemWriter;
  /** Serves every resource that has no handler of its own. */
  readonly generic: ResourceHandler;
}

/** Puts the generic registry together, with admission in front of its writes. Starts nothing. */
export function assembleRegistry(inputs: RegistryInputs): Registry {
  const { catalog, store, cache, versions, authorizer, hooks, host } = inputs;
  const objects = new ObjectStore(store, cache, new ObjectLeases(store, host.clock), versions);
  const lookup = new ObjectLookup(cache, objects);
  const admission = assembleAdmission(inputs, objects, lookup);
  const decoder = new ObjectDecoder(catalog);
  const reader = new ObjectReader(cache, store, versions);
  const watches = new WatchHandler(reader, cache, versions, new WatchMetrics(inputs.metrics), host);
  const fields = new FieldTracker(catalog, versions, host.clock);
  const creator = new ObjectCreator(objects, admission, hooks, fields, host);
  const updater = new ObjectUpdater(objects, creator, admission, hooks, fields, host);
  const deleter = new ObjectDeleter(objects, admission, hooks, host);
  const writer = new SystemWriter(lookup, creator, updater, deleter);
  const mayCreate = ({ user, target }: ResourceContext): void => {
    const refusal = authorizer.refusal(user, { ...target, verb: 'create' });
    if (refusal !== undefined) throw forbidden(target, target.name, refusal);
  };
  const { clock } = host;
  const parts = { reader, watches, creator, updater, deleter, decoder, fields, mayCreate, clock };
  const generic = new ResourceHandler(parts);
  return { objects, lookup, admission, decoder, fields, reader, updater, deleter, writer, generic };
}

function assembleAdmission(inputs: RegistryInputs, objects: ObjectStore, lookup: ObjectLookup): AdmissionChain {
  const { config, catalog, cache, versions, authorizer, webhooks, host } = inputs;
  const matcher = new RequestMatcher(catalog, lookup);
  const metrics = new AdmissionMetrics(inputs.metrics);
  const reader = new AdmissionReader(ResourceTable.builtIn(), lookup, cache);
  const plugins = [
    ...builtInPlugins({ reader, objects, authorizer, host }),
    ...webhookPlugins({ matcher, authorizer, versions, client: webhooks, cache, metrics, host }),
    ...policyPlugins({ table: catalog, matcher, lookup, cache, authorizer, versions, metrics, clock: host.clock }),
  ];
  return new AdmissionChain([new ExpressionValidation(), ...selectPlugins(plugins, config.admission)]);
}
