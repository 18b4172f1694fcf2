import {
  authorizerType,
  CelEnvironment,
  type CelType,
  jsonPatchLibrary,
  objectType,
  openObjectType,
  resourceCheckType,
  types,
} from '@orrery/cel';

const { bool, dyn, int, string, timestamp } = types;
const strings = types.list(string);
const stringMap = types.map(string, string);

const kindType = objectType('kubernetes.GroupVersionKind', () => ({ group: string, version: string, kind: string }));
const resourceType = objectType('kubernetes.GroupVersionResource', () => ({
  group: string,
  version: string,
  resource: string,
}));
const userInfoType = objectType('kubernetes.UserInfo', () => ({
  username: string,
  uid: string,
  groups: strings,
  extra: types.map(string, strings),
}));

/** The type of `request`. */
const requestType = objectType('kubernetes.AdmissionRequest', () => ({
  kind: kindType,
  resource: resourceType,
  subResource: string,
  requestKind: kindType,
  requestResource: resourceType,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo: userInfoType,
  dryRun: bool,
  options: dyn,
}));

const conditionType = objectType('kubernetes.NamespaceCondition', () => ({
  status: string,
  type: string,
  lastTransitionTime: timestamp,
  message: string,
  reason: string,
}));

/** The type of `namespaceObject`: what upstream shows of a Namespace, under upstream's names. */
const namespaceType = objectType('kubernetes.Namespace', () => ({
  metadata: objectType('kubernetes.NamespaceMetadata', () => ({
    name: string,
    generateName: string,
    namespace: string,
    labels: stringMap,
    annotations: stringMap,
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: strings,
  })),
  spec: objectType('kubernetes.NamespaceSpec', () => ({ finalizers: strings })),
  status: objectType('kubernetes.NamespaceStatus', () => ({ conditions: types.list(conditionType), phase: string })),
}));

/** Which variables there are besides `object`, `oldObject`, `request` and `namespaceObject`. */
export interface ExpressionScope {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** The type of `object` and `oldObject`. Default `dyn`. */
  readonly object?: CelType;
  /** The type of `params`. Default `dyn`. */
  readonly params?: CelType;
}

/** What the expressions of webhooks and policies may name. */
export function expressionEnvironment({
  hasParams,
  hasAuthorizer,
  object = dyn,
  params = dyn,
}: ExpressionScope): CelEnvironment {
  return CelEnvironment.kubernetes.with({
    object,
    oldObject: object,
    namespaceObject: namespaceType,
    request: requestType,
    ...(hasParams && { params }),
    ...(hasAuthorizer && { authorizer: authorizerType, 'authorizer.requestResource': resourceCheckType }),
  });
}

/** What an `applyConfiguration` expression makes. */
export const appliedObjectType = openObjectType('Object');
const jsonPatchType = objectType('JSONPatch', () => ({ op: string, path: string, from: string, value: dyn }));
/** What a `jsonPatch` expression makes. */
export const jsonPatchesType = types.list(jsonPatchType);

/** Mutations may construct `Object{…}` and `JSONPatch{…}`. */
export function mutationEnvironment(environment: CelEnvironment): CelEnvironment {
  return environment.withLibrary(jsonPatchLibrary).withStructs({ Object: appliedObjectType, JSONPatch: jsonPatchType });
}
