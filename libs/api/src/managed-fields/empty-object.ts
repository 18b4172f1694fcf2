import type { ApiObject } from '../resource/resource-type.ts';
import { type FieldType, TypeSchemas } from '../schema/type-schemas.ts';

/**
 * What upstream's Go type holds before anybody sets a field: those values count as there already, so that creating an object gives nobody
 * `spec` itself, but `spec.replicas`. Only what is not below a list, map or pointer is in it.
 */
export function emptyObject(typeName: string): ApiObject {
  const object = emptyObjects.get(typeName) ?? emptyStruct(typeName);
  emptyObjects.set(typeName, object);
  return object as unknown as ApiObject;
}

const emptyObjects = new Map<string, Readonly<Record<string, unknown>>>();

/** Structs that Go holds as values, by the short name of the type that has the field: they are there even when nothing is in them. */
const structFields: Readonly<Record<string, readonly string[]>> = {
  Binding: ['target'],
  CronJobSpec: ['jobTemplate'],
  CustomResourceDefinitionSpec: ['names'],
  CustomResourceDefinitionStatus: ['acceptedNames'],
  DaemonSetSpec: ['template', 'updateStrategy'],
  DeploymentSpec: ['strategy', 'template'],
  Event: ['involvedObject', 'source', 'regarding', 'deprecatedSource'],
  FlowSchemaSpec: ['priorityLevelConfiguration'],
  HorizontalPodAutoscalerSpec: ['scaleTargetRef'],
  IngressStatus: ['loadBalancer'],
  JobSpec: ['template'],
  JobTemplateSpec: ['metadata', 'spec'],
  NetworkPolicySpec: ['podSelector'],
  NodeDaemonEndpoints: ['kubeletEndpoint'],
  NodeStatus: ['daemonEndpoints', 'nodeInfo'],
  PersistentVolumeClaimSpec: ['resources'],
  PodTemplate: ['template'],
  PodTemplateSpec: ['metadata', 'spec'],
  ReplicaSetSpec: ['template'],
  ResourceClaimSpec: ['devices'],
  ResourceClaimTemplateSpec: ['metadata', 'spec'],
  ResourceSliceSpec: ['pool'],
  ClusterRoleBinding: ['roleRef'],
  RoleBinding: ['roleRef'],
  ServiceStatus: ['loadBalancer'],
  StatefulSetSpec: ['template', 'updateStrategy'],
  StorageVersionMigrationSpec: ['resource'],
  VolumeAttachmentSpec: ['source'],
};

const structsOfKinds: ReadonlySet<string> = new Set(['metadata', 'spec', 'status']);

function emptyStruct(typeName: string): Readonly<Record<string, unknown>> {
  const { fields, kinds } = TypeSchemas.builtIn().get(typeName);
  const structs = structFields[typeName.slice(typeName.lastIndexOf('.') + 1)] ?? [];
  const struct: Record<string, unknown> = {};
  for (const { name, type, required } of fields.values()) {
    const isStruct = structs.includes(name) || (kinds.length > 0 && structsOfKinds.has(name));
    if (type.kind === 'object' && isStruct) struct[name] = emptyStruct(type.typeName);
    else if (required) struct[name] = zeroOf(type);
  }
  return struct;
}

/** Go's zero value of a field that is always written. */
function zeroOf(type: FieldType): unknown {
  if (type.kind !== 'scalar') return null;
  if (type.scalar === 'boolean') return false;
  return type.scalar === 'string' ? '' : type.scalar === 'bytes' ? null : 0;
}
